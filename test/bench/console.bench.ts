/**
 * How soon the console can be used in Chromium, on the embedded default with the seeded shop: by a visitor, until the
 * sign-in can be typed into, and by an admin with a session, until Today's figures are there. Both have nothing of it yet.
 * Then each of its screens on a large shop (console-screens.ts).
 *
 * Interactive is when what one came for is on the screen and no task has kept the page's thread for 50 ms since; both
 * are counted from the beginning of the navigation, by the browser's own clocks. BENCH_SAMPLES (10) is how often each is
 * done, each time by a new profile; "slow" is a processor of a quarter of the speed and a line of 1.6 Mbit/s
 * with 150 ms, as Lighthouse takes for a telephone.
 */
import type { Browser, BrowserContext } from "playwright-core";
import { startEmbedded } from "../../src/development/embedded/start.ts";
import { openDatabase } from "../../src/platform/database/database.ts";
import { migrate } from "../../src/platform/database/schema/migrate.ts";
import { currencyOf } from "../../src/platform/wire/money.ts";
import { seed } from "../../src/development/seed/seed.ts";
import { openConsoleBrowser } from "../console/browser.ts";
import { reportScreens } from "./console-screens.ts";
import { fillLargeShop, SHOP_ADMIN, SHOP_PASSWORD } from "./large-shop.ts";
import { median } from "./measured.ts";
import { SERVE, startProcess } from "./stage.ts";
import { runFolder, tell } from "./tell.ts";

const SAMPLES = Number(process.env["BENCH_SAMPLES"] ?? 10);
const SLOW_PROCESSOR = 4;
const SLOW_LINE = {
  offline: false,
  latency: 150,
  downloadThroughput: (1.6 * 1024 * 1024) / 8,
  uploadThroughput: (750 * 1024) / 8,
};
/** Notes when each of these was first on the screen, and when the last long task ended. */
const WATCH = `
  globalThis.seen = {};
  globalThis.busyUntil = 0;
  const wanted = { signIn: "#login", figures: "dl.figures dd" };
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) globalThis.busyUntil = Math.max(globalThis.busyUntil, startTime + duration);
  }).observe({ type: "longtask", buffered: true });
  new MutationObserver(() => {
    for (const [name, selector] of Object.entries(wanted)) if (document.querySelector(selector) !== null) globalThis.seen[name] ??= performance.now();
  }).observe(document, { subtree: true, childList: true });`;
const TOLD = `({
  seen: globalThis.seen, busyUntil: globalThis.busyUntil, paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
  bytes: [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")].reduce((sum, { transferSize }) => sum + transferSize, 0),
})`;
/** A task that is not over yet has no entry: so long the page is left alone before it is asked. */
const QUIET_MS = 1_000;

interface Told {
  seen: Record<string, number>;
  busyUntil: number;
  paint: number;
  bytes: number;
}

interface Figures {
  paintMs: number;
  interactiveMs: number;
  bytes: number;
}

const dataDir = runFolder();
const embedded = await startEmbedded({ dataDir, postgres: true, redis: false, temporary: true, log: console.error });
const databaseUrl = embedded.databaseOwnerUrl ?? "";
try {
  await migrate(databaseUrl);
  const database = openDatabase({ url: databaseUrl, pool: 2, name: "bench", statementTimeoutMs: 0 });
  await seed({ database, password: SHOP_PASSWORD, currency: currencyOf("USD") });
  const browser = await openConsoleBrowser();
  const api = await startProcess(SERVE, { DATABASE_URL: databaseUrl, DATA_DIR: dataDir, WORKERS: "1" });
  const url = `http://127.0.0.1:${api.port}/console/`;
  try {
    await report(browser, url);
    await fillLargeShop(database);
    await reportScreens(browser, { url, samples: SAMPLES, signIn });
  } finally {
    await browser.close();
    await api.stop();
    await database.close();
  }
} finally {
  await embedded.stop();
}

async function report(browser: Browser, url: string): Promise<void> {
  const rows: string[][] = [];
  const medians: number[] = [];
  for (const slow of [false, true]) {
    for (const until of ["signIn", "figures"] as const) {
      const figures: Figures[] = [];
      for (let n = 0; n < SAMPLES; n++) figures.push(await visit(browser, { url, until, slow }));
      rows.push([
        `${{ signIn: "the sign-in", figures: "Today's figures" }[until]}${slow ? ", slow" : ""}`,
        ...columns(figures),
      ]);
      if (!slow) medians.push(median(figures.map(({ interactiveMs }) => interactiveMs)));
    }
  }
  tell({
    id: "console",
    title: "The console's first view",
    method:
      `Chromium on the same machine, the seeded shop, ${SAMPLES} new profiles each, from the beginning of the navigation until what one came for is on the screen and no task ` +
      "has kept the page's thread for 50 ms since. Slow: a quarter of the processor, 1.6 Mbit/s, 150 ms.",
    table: { head: ["until", "first paint p50 ms", "interactive p50 ms", "worst ms", "KB"], rows },
    aims: [
      { what: "the console's first view, interactive, p50", figure: Math.max(...medians), atMost: 2_000, unit: "ms" },
    ],
  });
}

function columns(figures: Figures[]): string[] {
  const interactive = figures.map(({ interactiveMs }) => interactiveMs);
  return [
    median(figures.map(({ paintMs }) => paintMs)),
    median(interactive),
    Math.max(...interactive),
    median(figures.map(({ bytes }) => bytes)) / 1_000,
  ].map((figure) => figure.toFixed(0));
}

async function visit(
  browser: Browser,
  { url, until, slow }: { url: string; until: "signIn" | "figures"; slow: boolean },
): Promise<Figures> {
  const context = await browser.newContext();
  await context.addInitScript(WATCH);
  if (until === "figures") await signIn(context, url);
  const page = await context.newPage();
  if (slow) {
    const devtools = await context.newCDPSession(page);
    await devtools.send("Network.emulateNetworkConditions", SLOW_LINE);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOW_PROCESSOR });
  }
  await page.goto(url);
  await page.waitForFunction((name) => Reflect.get(Reflect.get(globalThis, "seen"), name) !== undefined, until);
  await page.waitForTimeout(QUIET_MS);
  const { seen, busyUntil, paint, bytes }: Told = await page.evaluate(TOLD);
  await context.close();
  return { paintMs: paint, interactiveMs: Math.max(seen[until] ?? Number.NaN, busyUntil), bytes };
}

/** Without the page, of which the browser would keep the files. */
async function signIn(context: BrowserContext, url: string): Promise<void> {
  const headers = { origin: new URL(url).origin };
  const answer = await context.request.post(`${url}session`, {
    headers,
    data: { login: SHOP_ADMIN, password: SHOP_PASSWORD },
  });
  if (!answer.ok()) throw new Error(await answer.text());
}
