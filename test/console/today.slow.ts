/**
 * Today's figures against SQL on the raw tables: of all stores and of one, beside the same weekday before, and where each
 * leads.
 *
 * Method: two weeks of orders in three stores and every status; what the screen shows is compared with plain statements.
 */
// time limit: 300 s
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Page } from "playwright-core";
import { firstIdAt } from "../../src/platform/wire/uuid.ts";
import { one, runSql } from "../../src/platform/database/database.ts";
import { compare, weekBefore } from "../../src/console/app/today/compare.ts";
import { comparisonWords } from "../../src/console/app/words/today.ts";
import { placeTwoWeeks } from "../analytics/two-weeks.ts";
import { buyMugs } from "../support/fixture.ts";
import { until } from "../support/until.ts";
import { goTo, leave, openSignedIn, settled } from "./browser.ts";
import { closeStage, openStage, type Stage } from "./stage.ts";

const STATUSES = ["Pending", "Confirmed", "Rejected", "Cancelled", "Shipped", "Delivered"];
const DOLLARS = new Intl.NumberFormat("en", { style: "currency", currency: "USD" });

const test = suite<Stage & { stores: { storeId: string; name: string }[] }>("today");

test.before(async (context) => {
  Object.assign(context, await openStage());
  context.stores = await placeTwoWeeks(context.api.database, Date.now());
  await buyMugs(context, 2);
});
test.after(closeStage);

const NONE = "00000000-0000-0000-0000-000000000000";

interface Counted {
  revenue: number;
  counts: number[];
}

/** @param storeId undefined: all */
async function counted(
  { api }: Stage,
  [startMs, endMs]: [number, number],
  storeId: string | undefined,
): Promise<Counted> {
  const bind = [firstIdAt(startMs), firstIdAt(endMs), storeId ?? null];
  const where = "id >= $1 AND id < $2 AND ($3::uuid IS NULL OR store_id = $3)";
  const { revenue } = await one<{ revenue: number }>(
    api.database,
    `SELECT coalesce(sum(total), 0)::int AS revenue FROM orders.orders
     WHERE ${where} AND status IN ('CONFIRMED', 'SHIPPED', 'DELIVERED')`,
    bind,
  );
  const rows = await runSql<{ status: string; count: number }>(
    api.database,
    `SELECT initcap(status) AS status, count(*)::int AS count FROM orders.orders WHERE ${where} GROUP BY status`,
    bind,
  );
  const byStatus = new Map(rows.map(({ status, count }) => [status, count]));
  return { revenue, counts: STATUSES.map((status) => byStatus.get(status) ?? 0) };
}

function figure(page: Page, name: string) {
  return page.locator(`dt:text-is("${name}") + dd`);
}

async function shown(page: Page): Promise<Counted> {
  const revenue = (await figure(page, "Revenue today").innerText()).replace(/[$,.]/g, "");
  const counts: number[] = [];
  for (const status of STATUSES) counts.push(Number(await figure(page, `Orders ${status.toLowerCase()}`).innerText()));
  return { revenue: Number(revenue), counts };
}

/** What is said beside the revenue. */
async function expectedWords(stage: Stage, revenue: number, storeId: string | undefined): Promise<string> {
  const { startMs, endMs } = weekBefore(Math.floor(Date.now() / 60_000) * 60_000);
  const before = (await counted(stage, [startMs, endMs], storeId)).revenue;
  const money = (cents: number) => ({
    $typeName: "google.type.Money" as const,
    currencyCode: "USD",
    units: BigInt(Math.floor(cents / 100)),
    nanos: (cents % 100) * 10_000_000,
  });
  const then = new Date(endMs);
  return comparisonWords(compare(money(revenue), money(before)), {
    before: DOLLARS.format(before / 100),
    day: then.toLocaleDateString("en", { weekday: "long" }),
    time: then.toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
  });
}

test("revenue, orders by status and the comparison are those of the tables, of all stores and of each", async (stage) => {
  const { browser, api, admin, stores } = stage;
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await goTo(opened, "Today");
  for (const store of [undefined, ...stores]) {
    if (store !== undefined) await page.getByLabel("Store", { exact: true }).selectOption(store.name);
    await settled(page);
    const dayStart = new Date().setHours(0, 0, 0, 0);
    const expected = await counted(stage, [dayStart, Date.now()], store?.storeId);
    await until(
      `the figures of ${store?.name ?? "all stores"}`,
      async () => JSON.stringify(await shown(page)) === JSON.stringify(expected),
    );
    await until("the comparison", async () =>
      (await page.locator("dl.figures").innerText()).includes(
        await expectedWords(stage, expected.revenue, store?.storeId),
      ),
    );
    assert.is(new URL(page.url()).searchParams.get("store") ?? undefined, store?.storeId);
  }
  const address = page.url();
  await page.reload();
  await settled(page);
  assert.is(page.url(), address);
  await until(
    "the store is still chosen",
    async () => (await page.getByLabel("Store", { exact: true }).inputValue()) === stores.at(-1)?.storeId,
  );
  await leave(opened);
});

test("a figure leads to the list of just those orders", async (stage) => {
  const { browser, api, admin } = stage;
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await goTo(opened, "Today");
  const count = await figure(page, "Orders confirmed").innerText();
  await figure(page, "Orders confirmed").getByRole("link").click();
  await page.getByRole("heading", { level: 1, name: "Orders" }).waitFor();
  await until("the list has as many", async () => String(await page.locator("tbody tr").count()) === count);
  assert.equal(new Set(await page.locator("tbody td[data-label=Status]").allInnerTexts()).size, 1);
  await leave(opened);
});

test("what waits and what runs out are those of the tables, and lead to where they are seen to", async (stage) => {
  const { browser, api, admin, stores } = stage;
  const { held } = await one<{ held: number }>(
    api.database,
    "SELECT count(*)::int AS held FROM orders.orders WHERE status = 'PENDING'",
  );
  await runSql(
    api.database,
    `INSERT INTO email.deliveries (id, type, user_id, attempts, last_error, given_up_at)
     VALUES (gen_random_uuid(), 'WELCOME', $1, 5, 'no such mailbox', now())`,
    [admin.id],
  );
  await runSql(
    api.database,
    `INSERT INTO webhooks.deliveries (id, webhook_id, event_type, payload, status, next_attempt_at)
     VALUES (gen_random_uuid(), $1, 'order.confirmed', '{}', 'FAILED', NULL)`,
    [NONE],
  );
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await goTo(opened, "Today");
  const waiting = page.getByRole("region", { name: "What waits" });
  const to = async (name: string) => waiting.getByRole("link", { name }).getAttribute("href");
  assert.is(await to(`${held} orders are on hold`), "/console/orders?status=1");
  assert.is(await to("1 e-mail could not be sent"), "/console/dead-letters");
  assert.is(await to("1 message to a webhook could not be sent"), "/console/deliveries?status=3");
  const low = page.getByRole("region", { name: "Low stock" });
  const rows = await runSql<{ id: string; name: string; low: number; out: number }>(
    api.database,
    `SELECT t.id, t.name, count(*)::int AS low, (count(*) FILTER (WHERE s.quantity = 0))::int AS out
     FROM inventory.stores t JOIN inventory.stock s ON s.store_id = t.id WHERE s.quantity < t.low_stock_threshold
     GROUP BY t.id ORDER BY 3 DESC`,
  );
  assert.equal(
    (await low.locator("li").allInnerTexts()).map((text) => text.replace(/\s+/g, " ")),
    rows.map(({ name, low, out }) => `${name} ${low} products · ${out} sold out`),
  );
  await low.getByRole("link", { name: rows[0]?.name ?? "" }).click();
  await page.getByRole("heading", { level: 1, name: "Stock" }).waitFor();
  assert.is(new URL(page.url()).searchParams.get("store"), rows[0]?.id);
  assert.ok(stores.some(({ storeId }) => storeId === rows[0]?.id));
  await leave(opened);
});

test("a fresh page begins with the last orders, by the names of who bought them and where", async (stage) => {
  const { browser, api, admin, buyer } = stage;
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await goTo(opened, "Today");
  const live = page.getByRole("region", { name: "Live orders" });
  const newest = await runSql<{ id: string }>(api.database, "SELECT id FROM orders.orders ORDER BY id DESC LIMIT 12");
  await live.getByRole("link").nth(11).waitFor();
  assert.equal(
    await live.getByRole("link").evaluateAll((links) => links.map((link) => link.getAttribute("href"))),
    newest.map(({ id }) => `/console/orders/${id}`),
  );
  assert.match(await live.locator("li").first().innerText(), buyer.email.slice(0, buyer.email.indexOf("@")));
  await leave(opened);
});

test.run();
