/**
 * Serves the console under /console/: the files that `npm run console` built, and its page for every other address
 * there, since those are the page's own.
 *
 * The files are read once and kept, compressed as they were built: together they are smaller than an image. Their names
 * hold a hash of what is in them, so that browsers keep them for ever; the page that names them is asked for each time.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { namesEtag } from "../rpc/http/if-none-match.ts";
import type { HttpHandler, HttpRequest, HttpResponse } from "../rpc/http/handler.ts";

const PREFIX = "/console";
const BUILT = path.join(import.meta.dirname, "../../dist/console");
/** Vite puts a hash into every name there and into no other. */
const HASHED = /^assets\//;
const FOR_EVER = "public, max-age=31536000, immutable";
const ASK_EACH_TIME = "no-cache";
/**
 * Nothing but the files of this origin, and calls to it. No style attribute and no script in the page: the console sets
 * styles by the DOM, which needs no leave.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");
const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};
/** From the smallest. */
const ENCODINGS = [
  ["br", ".br"],
  ["gzip", ".gz"],
] as const;

interface File {
  type: string;
  etag: string;
  cacheControl: string;
  bodies: Map<string, Buffer>;
}

type Files = ReadonlyMap<string, File>;

export interface ConsoleOptions {
  /** Where the built files are; default: dist/console. */
  folder?: string;
}

/** Answers what is under /console and leaves the rest to `next`. */
export function consoleOr(next: HttpHandler, { folder = BUILT }: ConsoleOptions = {}): HttpHandler {
  let files: Files | undefined;
  return (request, response) => {
    const [address = ""] = (request.url ?? "").split("?", 1);
    if (address !== PREFIX && !address.startsWith(`${PREFIX}/`)) return next(request, response);
    if (request.method !== "GET" && request.method !== "HEAD")
      return refuse(response, 405, "Only GET is answered here.");
    if (address === PREFIX) return redirect(response);
    files ??= readFiles(folder);
    const name = address.slice(PREFIX.length + 1);
    // A name that looks like a file is one or is nothing: a page in place of a script would only confuse.
    const file = files?.get(name) ?? (path.posix.extname(name) === "" ? files?.get("index.html") : undefined);
    if (file !== undefined) return send(file, request, response);
    if (files === undefined) return refuse(response, 503, NOT_BUILT);
    refuse(response, 404, "The console has no such file.");
  };
}

const NOT_BUILT =
  "The console is not built here. Run `npm run setup` (or `npm ci && npm run console`), then reload this page.";

/** undefined as long as nothing was built. */
function readFiles(folder: string): Files | undefined {
  try {
    const names = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && types[path.extname(entry.name)] !== undefined)
      .map((entry) => path.join(entry.parentPath, entry.name));
    const files = new Map(
      names.map((name) => [path.relative(folder, name).split(path.sep).join("/"), readOne(folder, name)]),
    );
    return files.has("index.html") ? files : undefined;
  } catch {
    return undefined;
  }
}

function readOne(folder: string, name: string): File {
  const content = readFileSync(name);
  const bodies = new Map<string, Buffer>([["identity", content]]);
  for (const [encoding, suffix] of ENCODINGS) {
    const compressed = readIfThere(name + suffix);
    if (compressed !== undefined && compressed.length < content.length) bodies.set(encoding, compressed);
  }
  return {
    type: types[path.extname(name)] ?? "application/octet-stream",
    etag: `"${createHash("sha256").update(content).digest("base64url").slice(0, 22)}"`,
    cacheControl: HASHED.test(path.relative(folder, name).split(path.sep).join("/")) ? FOR_EVER : ASK_EACH_TIME,
    bodies,
  };
}

function readIfThere(name: string): Buffer | undefined {
  try {
    return readFileSync(name);
  } catch {
    return undefined;
  }
}

function send(
  { type, etag, cacheControl, bodies }: File,
  { method, headers }: HttpRequest,
  response: HttpResponse,
): void {
  const encoding =
    ENCODINGS.map(([name]) => name).find((name) => bodies.has(name) && accepts(headers["accept-encoding"], name)) ??
    "identity";
  // A tag stands for the bytes that are sent, and those differ by encoding.
  const tag = encoding === "identity" ? etag : etag.replace(/"$/, `-${encoding}"`);
  response.setHeader("cache-control", cacheControl);
  response.setHeader("content-security-policy", CONTENT_SECURITY_POLICY);
  response.setHeader("vary", "accept-encoding");
  response.setHeader("etag", tag);
  if (namesEtag(headers["if-none-match"], tag)) {
    response.statusCode = 304;
    response.end();
    return;
  }
  const body = bodies.get(encoding) ?? Buffer.alloc(0);
  response.statusCode = 200;
  response.setHeader("content-type", type);
  response.setHeader("content-length", body.length);
  if (encoding !== "identity") response.setHeader("content-encoding", encoding);
  response.end(method === "HEAD" ? "" : body);
}

/** Whether a client takes an encoding: it names it, and not with `q=0`. */
function accepts(header: string | string[] | undefined, encoding: string): boolean {
  const offers = [header]
    .flat()
    .join(",")
    .split(",")
    .map((offer) => offer.trim().toLowerCase());
  return offers.some((offer) => offer.split(";")[0]?.trim() === encoding && !/;\s*q=0(\.0*)?$/.test(offer));
}

function redirect(response: HttpResponse): void {
  response.statusCode = 308;
  response.setHeader("location", `${PREFIX}/`);
  response.end();
}

function refuse(response: HttpResponse, status: 404 | 405 | 503, text: string): void {
  response.statusCode = status;
  response.setHeader("content-type", "text/plain; charset=utf-8");
  response.setHeader("cache-control", "no-store");
  if (status === 405) response.setHeader("allow", "GET, HEAD");
  response.end(`${text}\n`);
}
