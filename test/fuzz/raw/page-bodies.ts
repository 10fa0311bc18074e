/** Bodies, small and large, where there is no RPC of ours: pages, the console's session, images, reflection. */
import { MAX_REQUEST_BYTES } from "../../../src/rpc/limits.ts";
import { fc } from "../../support/seed.ts";
import type { Shot } from "./exchange.ts";
import { PAGES, REFLECTION } from "./words.ts";

const SIZES = [MAX_REQUEST_BYTES - 1, MAX_REQUEST_BYTES, MAX_REQUEST_BYTES + 1, 2 * MAX_REQUEST_BYTES, 8 * 2 ** 20];
const FILLED: Record<string, (bytes: number) => Buffer> = {
  "a long login": (bytes) => Buffer.from(`{"login":"${"x".repeat(bytes - 29)}","password":"x"}`),
  "a long password": (bytes) => Buffer.from(`{"login":"x","password":"${"x".repeat(bytes - 29)}"}`),
  "openings of arrays": (bytes) => Buffer.alloc(bytes, "["),
  "openings of objects": (bytes) => Buffer.alloc(bytes, '{"login":'),
  "empty questions": (bytes) => Buffer.alloc(bytes),
  "questions of two bytes": (bytes) => Buffer.alloc(bytes, Buffer.of(0, 0, 0, 0, 2, 0x3a, 0)),
  nonsense: (bytes) => Buffer.alloc(bytes, 0xff),
};

/** By HTTP/1.1, which needs no leave to send so much. */
export const pageBodies: fc.Arbitrary<Shot> = fc
  .record({
    method: fc.constantFrom("POST", "POST", "POST", "GET", "DELETE"),
    path: fc.constantFrom(...PAGES, ...REFLECTION, "/console/session", "/console/session/refresh"),
    type: fc.constantFrom(
      "application/json",
      "application/json",
      "application/proto",
      "application/grpc-web+proto",
      "text/html",
    ),
    size: fc.constantFrom(...SIZES),
    filled: fc.constantFrom(...Object.keys(FILLED)),
    chunked: fc.boolean(),
  })
  .map(({ method, path, type, size, filled, chunked }) => ({
    text: `${method} ${path} as ${type}: ${size} bytes of ${filled}${chunked ? " in a chunk" : ""}`,
    port: "PORT",
    http2: false,
    whole: true,
    bytes() {
      const body = FILLED[filled]?.(size) ?? Buffer.alloc(size);
      const length = chunked ? "transfer-encoding: chunked" : `content-length: ${body.length}`;
      const fields = [
        "host: localhost",
        `content-type: ${type}`,
        length,
        "sec-fetch-site: same-origin",
        "connection: close",
      ];
      const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${fields.join("\r\n")}\r\n\r\n`);
      if (!chunked) return Buffer.concat([head, body]);
      return Buffer.concat([head, Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from("\r\n0\r\n\r\n")]);
    },
  }));
