/** A bare `node:http` server that sends the bytes of a file: what an answer costs with nothing around it. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const bytes = readFileSync(process.argv[2] ?? "");
createServer((_request, response) => {
  response.setHeader("content-type", "application/json");
  response.setHeader("content-length", bytes.byteLength);
  response.end(bytes);
}).listen({ host: "127.0.0.1", port: Number(process.env["PORT"]) });
