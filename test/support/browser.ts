/** Debian's Chromium, or the one that CHROMIUM names; and what it complains of. */
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";

const PLACES = [
  process.env["CHROMIUM"],
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** Generous: the machine may be busy with other things. */
export const BROWSER_TIMEOUT_MS = 60_000;

export async function openBrowser(): Promise<Browser> {
  const executablePath = PLACES.find((place) => place !== undefined && existsSync(place));
  if (executablePath === undefined)
    throw new Error(
      "No Chromium. On Debian: apt-get install chromium; elsewhere set CHROMIUM to the path of a Chromium or Chrome.",
    );
  return chromium.launch({ executablePath, args: FLAGS, timeout: BROWSER_TIMEOUT_MS });
}

export interface Awaited {
  /** Statuses that the test brings about itself, such as 409 by a stale edit. */
  statuses?: readonly number[];
  /** The test takes the server or the connection away. */
  disconnected?: boolean;
}

/** What the browser complains of in this page from now on, beside what the test awaits. */
export function troublesOf(page: Page, { statuses = [], disconnected = false }: Awaited = {}): string[] {
  const troubles: string[] = [];
  page.on("pageerror", (error) => troubles.push(`thrown: ${error.message}`));
  page.on("console", (message) => {
    const isStatus = message.text().startsWith("Failed to load resource");
    if ((message.type() === "error" || message.type() === "warning") && !isStatus)
      troubles.push(`console: ${message.text()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400 && !statuses.includes(response.status()))
      troubles.push(`${response.status()} ${response.url()}`);
  });
  page.on("requestfailed", (request) => {
    // A page that is left ends its own calls.
    if (!disconnected && request.failure()?.errorText !== "net::ERR_ABORTED")
      troubles.push(`failed: ${request.url()} ${request.failure()?.errorText}`);
  });
  return troubles;
}
