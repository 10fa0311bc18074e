/** A real, tiny endpoint of S3's protocol: PUT and GET of objects by path, with signatures looked at, not verified. */
import { createServer } from "node:http";
import { listening } from "../support/listening.ts";

export interface TinyS3 {
  endpoint: string;
  objects: Map<string, { bytes: Buffer; type: string | undefined; cacheControl: string | undefined }>;
  /** What it answers instead, when set. */
  failWith: number | undefined;
  authorizations: string[];
  stop(): Promise<void>;
}

export async function startTinyS3(): Promise<TinyS3> {
  const objects: TinyS3["objects"] = new Map();
  const server = createServer((request, response) => {
    const key = decodeURIComponent((request.url ?? "").split("?", 1)[0] ?? "").slice(1);
    tiny.authorizations.push(request.headers.authorization ?? "");
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (tiny.failWith !== undefined) return response.writeHead(tiny.failWith).end(errorXml("InternalError"));
      if (request.method === "PUT") {
        objects.set(key, {
          bytes: Buffer.concat(chunks),
          type: request.headers["content-type"],
          cacheControl: request.headers["cache-control"],
        });
        return response.writeHead(200, { etag: '"1"' }).end();
      }
      const object = objects.get(key);
      if (object === undefined)
        return response.writeHead(404, { "content-type": "application/xml" }).end(errorXml("NoSuchKey"));
      response.writeHead(200, { "content-length": object.bytes.length, "content-type": object.type ?? "" });
      return response.end(request.method === "HEAD" ? undefined : object.bytes);
    });
  });
  const port = await listening(server);
  const tiny: TinyS3 = {
    endpoint: `http://127.0.0.1:${port}`,
    objects,
    failWith: undefined,
    authorizations: [],
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return tiny;
}

function errorXml(code: string): string {
  return `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`;
}
