/**
 * What the console does when the server or the connection goes away: it says so, goes on by itself, and misses no
 * order; and that the tabs of one browser do not end each other's session.
 */
// time limit: 300 s
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startTestApi } from "../support/api.ts";
import { buyMugs } from "../support/fixture.ts";
import { positioning } from "../support/watching.ts";
import { goTo, leave, type Opened, openSignedIn, openTab } from "./browser.ts";
import { closeStage, openStage, type Stage } from "./stage.ts";

const test = suite<Stage & { relay: { stop(): Promise<unknown> } }>("connection");

test.before(async (context) => {
  Object.assign(context, await openStage());
  context.relay = positioning(context.api.database);
});

test.after(async ({ relay, ...stage }) => {
  await relay?.stop();
  await closeStage(stage);
});

/** The orders of the live list, the newest first. */
const live = ({ page }: Opened) => page.getByRole("region", { name: "Live orders" }).getByRole("link");
const shown = (opened: Opened, id: string) =>
  live(opened)
    .and(opened.page.getByRole("link", { name: `Order ${id}` }))
    .waitFor();
const idsOf = (opened: Opened) =>
  live(opened).evaluateAll((links) =>
    links.map((link) => (link.getAttribute("href") ?? "").replace("/console/orders/", "")),
  );

test("a server that goes and comes again is waited for, and the orders of meanwhile are shown, each once", async (stage) => {
  const { browser, admin } = stage;
  const place = () => buyMugs(stage, 1);
  // Beside the stage's own, by which the buyer orders all the while.
  const first = await startTestApi();
  const opened = await openSignedIn(browser, first, admin, { statuses: [503], disconnected: true });
  const { page } = opened;
  await goTo(opened, "Today");
  await page.getByText("Live", { exact: true }).waitFor();
  const before = await place();
  await shown(opened, before);
  await first.stop();
  await page.getByText("Reconnecting…").waitFor();
  const meanwhile = [await place(), await place()];
  const second = await startTestApi({ PORT: new URL(first.baseUrl).port });
  await page.getByText("Live", { exact: true }).waitFor();
  const after = await place();
  await shown(opened, after);
  const ids = await idsOf(opened);
  assert.equal(ids.slice(0, 4), [after, ...meanwhile.toReversed(), before]);
  assert.is(new Set(ids).size, ids.length);
  await leave(opened);
  await second.stop();
});

test("a browser that is offline says so, and goes on when it is connected again", async (stage) => {
  const { api, browser, admin } = stage;
  const opened = await openSignedIn(browser, api, admin, { disconnected: true });
  const { page, context } = opened;
  await goTo(opened, "Today");
  await page.getByText("Live", { exact: true }).waitFor();
  await context.setOffline(true);
  await page.getByText("Offline: nothing is saved until the connection is back.").waitFor();
  await page.getByText("Reconnecting…").waitFor();
  const meanwhile = await buyMugs(stage, 1);
  await context.setOffline(false);
  await page.getByText("Live", { exact: true }).waitFor();
  await shown(opened, meanwhile);
  assert.equal((await idsOf(opened)).slice(0, 1), [meanwhile]);
  assert.is(await page.getByText("Offline:").count(), 0);
  await leave(opened);
});

test("two tabs that need a new token at the same time take turns, and both stay signed in", async ({
  api,
  browser,
  admin,
}) => {
  const one = await openSignedIn(browser, api, admin);
  await goTo(one, "Products");
  const two = await openTab(one.context, api);
  await goTo(two, "Products");
  let asked = 0;
  const held = Promise.withResolvers<void>();
  await one.context.route("**/console/session/refresh", async (route) => {
    asked++;
    await held.promise;
    await route.continue();
  });
  await Promise.all([one.page.reload(), two.page.reload()]);
  // The lock is held by one and waited for by the other, who has asked for nothing yet.
  for (const { page } of [one, two]) {
    await page.waitForFunction(
      "navigator.locks.query().then(({ held, pending }) => held.length === 1 && pending.length === 1)",
    );
  }
  assert.is(asked, 1);
  held.resolve();
  for (const { page } of [one, two]) await page.getByRole("heading", { level: 1, name: "Products" }).waitFor();
  assert.is(asked, 2);
  assert.equal(two.troubles, []);
  await leave(one);
});

test.run();
