/** A page of another origin than the API's, with a script of this folder in it, in a real browser. */
import { createServer, type Server } from "node:http";
import path from "node:path";
import type { Browser } from "playwright-core";
import { build } from "vite";
import { listening } from "../support/listening.ts";

/** A page with the script in it, at an origin of its own. */
export interface Origin {
  origin: string;
  server: Server;
}

/** @param file beside this one; made into one script for browsers */
export async function bundled(file: string): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "warn",
    build: { write: false, lib: { entry: path.join(import.meta.dirname, file), formats: ["iife"], name: "page" } },
  });
  const [bundle] = [built].flat();
  if (bundle === undefined || !("output" in bundle)) throw new TypeError("vite made no bundle");
  return bundle.output[0].code;
}

export async function served(script: string): Promise<Origin> {
  const server = createServer(({ url }, response) => {
    const isScript = url === "/page.js";
    response.writeHead(200, { "content-type": isScript ? "text/javascript" : "text/html" });
    response.end(isScript ? script : `<!doctype html><link rel="icon" href="data:,"><script src="/page.js"></script>`);
  });
  return { origin: `http://127.0.0.1:${await listening(server)}`, server };
}

/** What the page's function `tryAll` makes of the wish, in a session of its own. */
export async function tryFrom<Tried>({ origin }: Origin, browser: Browser, wish: object): Promise<Tried> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(origin);
  try {
    return await page.evaluate<Tried>(`tryAll(${JSON.stringify(wish)})`);
  } finally {
    await context.close();
  }
}
