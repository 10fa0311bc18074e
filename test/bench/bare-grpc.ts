/**
 * A bare grpc-js server that answers the RPC of RPC with the bytes of ANSWER (base64): what a call costs in that library
 * with nothing around it. PORT only says that it is ready.
 */
import { createServer } from "node:http";
import { type handleUnaryCall, Server, ServerCredentials } from "@grpc/grpc-js";

const bytes = Buffer.from(process.env["ANSWER"] ?? "", "base64");
const asBytes = (given: Buffer): Buffer => given;
const answer: handleUnaryCall<Buffer, Buffer> = (_call, callback) => callback(null, bytes);
const server = new Server();
server.addService(
  {
    bare: {
      path: process.env["RPC"] ?? "",
      requestStream: false,
      responseStream: false,
      requestSerialize: asBytes,
      requestDeserialize: asBytes,
      responseSerialize: asBytes,
      responseDeserialize: asBytes,
    },
  },
  { bare: answer },
);
server.bindAsync(`127.0.0.1:${process.env["GRPC_PORT"]}`, ServerCredentials.createInsecure(), (error) => {
  if (error !== null) throw error;
  createServer((_request, response) => response.end()).listen({ host: "127.0.0.1", port: Number(process.env["PORT"]) });
});
