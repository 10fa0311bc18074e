/** The console in a browser, over a real API: opened, signed in, and watched for anything that goes wrong. */
import { readFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import * as assert from "uvu/assert";
import { PASSWORD, type TestApi } from "../support/api.ts";
import { type Awaited, BROWSER_TIMEOUT_MS, openBrowser, troublesOf } from "../support/browser.ts";

const BUILD = path.join(import.meta.dirname, "../../src/console/build.ts");
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

export type Scheme = "light" | "dark";
type Served = Pick<TestApi, "baseUrl">;

/** With the console built, if what it is made of changed. */
export async function openConsoleBrowser(): Promise<Browser> {
  execFileSync(process.execPath, [BUILD], { stdio: "inherit" });
  return openBrowser();
}

export interface Opened {
  page: Page;
  context: BrowserContext;
  /** What the browser complained of since it was opened, beside what the test awaits. */
  troubles: string[];
}

export interface OpenOptions extends Awaited {
  scheme?: Scheme;
  width?: number;
}

/** In a profile of its own: no cookie from another test. */
export async function openConsole(
  browser: Browser,
  api: Served,
  { scheme = "light", width = 1280, ...awaited }: OpenOptions = {},
): Promise<Opened> {
  const context = await browser.newContext({
    colorScheme: scheme,
    viewport: { width, height: 900 },
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(BROWSER_TIMEOUT_MS);
  return openTab(context, api, awaited);
}

/** One more tab of the same profile. */
export async function openTab(context: BrowserContext, { baseUrl }: Served, awaited: Awaited = {}): Promise<Opened> {
  const page = await context.newPage();
  const troubles = troublesOf(page, awaited);
  await page.goto(`${baseUrl}/console/`);
  return { page, context, troubles };
}

export async function openSignedIn(
  browser: Browser,
  api: Served,
  user: { email: string },
  options: OpenOptions = {},
): Promise<Opened> {
  const opened = await openConsole(browser, api, options);
  await signIn(opened, user);
  return opened;
}

/** Leaves the console; the browser must have had nothing to complain of. */
export async function leave({ context, troubles }: Opened): Promise<void> {
  assert.equal(troubles, []);
  await context.close();
}

export async function signIn({ page }: Opened, { email }: { email: string }): Promise<void> {
  await page.getByLabel("E-mail or username").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
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
  await page.locator(".mantine-Loader-root, main [aria-busy=true]").first().waitFor({ state: "hidden" });
}

/** What axe-core calls serious or critical, by WCAG 2 A and AA. The script comes by the browser's own way, past the page's policy. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(AXE, "utf8"));
  const found: { id: string; impact: string; nodes: string[] }[] = await page.evaluate(
    "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }).then(({ violations }) => violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(({ html }) => html.slice(0, 160)) })))",
  );
  return found
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.join(" | ")}`);
}

export async function assertNoSidewaysScroll(page: Page, what: string): Promise<void> {
  const { scroll, client }: { scroll: number; client: number } = await page.evaluate(
    "({ scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth })",
  );
  assert.ok(scroll <= client, `${what} is ${scroll} pixels wide on a screen of ${client}`);
}
