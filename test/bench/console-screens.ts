/**
 * How soon each screen of the console can be used on a large shop: from the click on its link until its rows or figures
 * are there, nothing is loading, and no task has kept the page's thread for 50 ms since.
 *
 * Each sample is a new profile, so that a screen's files are fetched too; the page counts by its own clock.
 */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { median } from "./measured.ts";
import { tell } from "./tell.ts";

const SCREENS = [
  "Orders",
  "Promotions",
  "Users",
  "Products",
  "Categories",
  "Stores",
  "Stock",
  "Ledger",
  "Webhooks",
  "Deliveries",
  "Service keys",
  "Dead letters",
  "Health",
  "Audit log",
];
/** Counted from the beginning of the navigation: whoever comes back to it later finds what was read before. */
const FIRST = "Today, on opening";
const MOST_MS = 1_000;
/** A task that is not over yet has no entry: so long the page is left alone before it is asked. */
const QUIET_MS = 500;
/** Notes when a link was clicked, and when the screen behind it was first ready. */
const WATCH = `
  globalThis.clickedAt = 0;
  globalThis.wanted = "Today";
  globalThis.readyAt = undefined;
  globalThis.busyUntil = 0;
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) globalThis.busyUntil = Math.max(globalThis.busyUntil, startTime + duration);
  }).observe({ type: "longtask", buffered: true });
  addEventListener("click", (event) => {
    const link = event.target.closest("nav a");
    if (link === null) return;
    globalThis.wanted = link.textContent;
    globalThis.clickedAt = performance.now();
    globalThis.readyAt = undefined;
    globalThis.busyUntil = 0;
  }, { capture: true });
  const isReady = () =>
    document.querySelector("main h1")?.textContent === globalThis.wanted &&
    document.querySelector("main [aria-busy=true], main .mantine-Loader-root") === null &&
    document.querySelector("main tbody tr, main dl.figures dd, main p.state") !== null;
  new MutationObserver(() => {
    if (globalThis.readyAt === undefined && isReady()) globalThis.readyAt = performance.now();
  }).observe(document, { subtree: true, childList: true, attributes: true });`;
const TOLD = "({ clickedAt, readyAt, busyUntil })";

export interface ScreensOptions {
  /** Of the console. */
  url: string;
  samples: number;
  signIn(context: BrowserContext, url: string): Promise<void>;
}

export async function reportScreens(browser: Browser, { url, samples, signIn }: ScreensOptions): Promise<void> {
  const times = new Map<string, number[]>([FIRST, ...SCREENS].map((screen) => [screen, []]));
  for (let sample = 0; sample < samples; sample++) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    await context.addInitScript(WATCH);
    await signIn(context, url);
    const page = await context.newPage();
    await page.goto(url);
    for (const [screen, ms] of times) {
      if (screen !== FIRST) await follow(page, screen);
      ms.push(await interactive(page));
    }
    await context.close();
  }
  tell({
    id: "console-shop",
    title: "The console's screens on a large shop",
    method:
      `Chromium on the same machine, 1,200 products, 25 stores, 100,000 orders of two weeks, ${samples} new profiles; from the click on a screen's link until its rows or ` +
      "figures are there and no task has kept the page's thread for 50 ms since. Each screen's files are fetched then, too.",
    table: {
      head: ["screen", "interactive p50 ms", "worst ms"],
      rows: [...times].map(([screen, ms]) => [screen, median(ms).toFixed(0), Math.max(...ms).toFixed(0)]),
    },
    aims: [
      {
        what: "the slowest screen of the console on a large shop, p50",
        figure: Math.max(...[...times.values()].map(median)),
        atMost: MOST_MS,
        unit: "ms",
      },
    ],
  });
}

async function follow(page: Page, screen: string): Promise<void> {
  await page.getByRole("navigation", { name: "Screens" }).getByRole("link", { name: screen, exact: true }).click();
}

async function interactive(page: Page): Promise<number> {
  await page.waitForFunction(() => Reflect.get(globalThis, "readyAt") !== undefined);
  await page.waitForTimeout(QUIET_MS);
  const told: { clickedAt: number; readyAt: number; busyUntil: number } = await page.evaluate(TOLD);
  return Math.max(told.readyAt, told.busyUntil) - told.clickedAt;
}
