/** A bare `node:http` server that answers everything with the bytes of ANSWER (base64): what an answer costs with nothing around it. */
import { createServer } from "node:http";

const bytes = Buffer.from(process.env["ANSWER"] ?? "", "base64");
createServer((request, response) => {
  if (request.method === "GET") return answer();
  // As a server must that looks at what it is told.
  request.on("data", () => undefined).once("end", answer);
  function answer(): void {
    response.setHeader("content-type", "application/json");
    response.setHeader("content-length", bytes.byteLength);
    response.end(bytes);
  }
}).listen({ host: "127.0.0.1", port: Number(process.env["PORT"]) });
