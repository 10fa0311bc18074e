/** The console in Debian's Chromium, over a real API: opened, signed in, and watched for anything that goes wrong. */
import { existsSync, readFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import * as assert from "uvu/assert";
import { PASSWORD, type TestApi } from "../support/api.ts";

const ROOT = path.join(import.meta.dirname, "../..");
const PLACES = [process.env["CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
/** Generous: the machine may be busy with other things. */
const TIMEOUT_MS = 60_000;
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

export type Scheme = "light" | "dark";

export async function openBrowser(): Promise<Browser> {
  const executablePath = PLACES.find((place) => place !== undefined && existsSync(place));
  if (executablePath === undefined) throw new Error("No Chromium. On Debian: apt-get install chromium; elsewhere set CHROMIUM to the path of a Chromium or Chrome.");
  execFileSync(process.execPath, [path.join(ROOT, "src/console/build.ts")], { stdio: "inherit" });
  return chromium.launch({ executablePath, args: FLAGS, timeout: TIMEOUT_MS });
}

export interface Opened {
  page: Page;
  context: BrowserContext;
  /** What the browser complained of since it was opened, beside what the test awaits. */
  troubles: string[];
}

export interface OpenOptions {
  scheme?: Scheme;
  width?: number;
  /** Statuses that the test brings about itself, such as 409 by a stale edit. */
  awaited?: readonly number[];
  /** Whether the test takes the server or the connection away. */
  silence?: boolean;
}

/** A browser of its own for each: no cookie from another test. */
export async function openConsole(browser: Browser, { baseUrl }: Pick<TestApi, "baseUrl">, { scheme = "light", width = 1280, awaited = [], silence = false }: OpenOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width, height: 900 }, reducedMotion: "reduce" });
  context.setDefaultTimeout(TIMEOUT_MS);
  const page = await context.newPage();
  const troubles = watchedFor(page, { awaited, silence });
  await page.goto(`${baseUrl}/console/`);
  return { page, context, troubles };
}

/** What the page's browser complains of from now on. */
export function watchedFor(page: Page, { awaited, silence }: Required<Pick<OpenOptions, "awaited" | "silence">>): string[] {
  const troubles: string[] = [];
  page.on("pageerror", (error) => troubles.push(`thrown: ${error.message}`));
  page.on("console", (message) => {
    const isStatus = message.text().startsWith("Failed to load resource");
    if ((message.type() === "error" || message.type() === "warning") && !isStatus) troubles.push(`console: ${message.text()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400 && !awaited.includes(response.status())) troubles.push(`${response.status()} ${response.url()}`);
  });
  page.on("requestfailed", (request) => {
    // A page that is left ends its own calls.
    if (!silence && request.failure()?.errorText !== "net::ERR_ABORTED") troubles.push(`failed: ${request.url()} ${request.failure()?.errorText}`);
  });
  return troubles;
}

/** The same, with somebody signed in. */
export async function openSignedIn(browser: Browser, api: Pick<TestApi, "baseUrl">, user: { email: string }, options: OpenOptions = {}): Promise<Opened> {
  const opened = await openConsole(browser, api, options);
  await signIn(opened, user);
  return opened;
}

/** Another tab of the same browser. */
export async function openTab({ context }: Opened, { baseUrl }: Pick<TestApi, "baseUrl">): Promise<Opened> {
  const page = await context.newPage();
  const troubles = watchedFor(page, { awaited: [], silence: false });
  await page.goto(`${baseUrl}/console/`);
  return { page, context, troubles };
}

export async function signIn({ page }: Opened, { email }: { email: string }): Promise<void> {
  await page.getByLabel("E-mail or username").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Goes to a screen by its link, as people do. */
export async function goTo({ page }: Opened, screen: string): Promise<void> {
  await page.getByRole("button", { name: "Sign out" }).waitFor();
  const menu = page.getByRole("button", { name: "Menu" });
  if (await menu.isVisible()) await menu.click();
  await page.getByRole("navigation", { name: "Screens" }).getByRole("link", { name: screen, exact: true }).click();
  await page.getByRole("heading", { level: 1, name: screen }).waitFor();
  await settled(page);
}

/** Nothing is loading any more. */
export async function settled(page: Page): Promise<void> {
  await page.locator(".spinner, main [aria-busy=true]").first().waitFor({ state: "hidden" });
}

/** What axe-core calls serious or critical, by WCAG 2 A and AA. The script comes by the browser's own way, past the page's policy. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(AXE, "utf8"));
  const found: { id: string; impact: string; nodes: string[] }[] = await page.evaluate(
    "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }).then(({ violations }) => violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(({ html }) => html.slice(0, 160)) })))",
  );
  return found.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => `${id}: ${nodes.join(" | ")}`);
}

export async function assertNoSidewaysScroll(page: Page, what: string): Promise<void> {
  const { scroll, client }: { scroll: number; client: number } = await page.evaluate(
    "({ scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth })",
  );
  assert.ok(scroll <= client, `${what} is ${scroll} pixels wide on a screen of ${client}`);
}
