/** Health in a browser: what is not well is told with what to do, and what is mended is well at the next look. */
// time limit: 300 s
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startWorker } from "../../src/worker/worker.ts";
import { log, redisUrl, workerConfig } from "../support/environment.ts";
import { until } from "../support/until.ts";
import { goTo, leave, openSignedIn } from "./browser.ts";
import { closeStage, openStage, type Stage } from "./stage.ts";

const test = suite<Stage>("health");

test.before(async (context) => {
  Object.assign(context, await openStage({ REDIS_URL: redisUrl }));
});
test.after(closeStage);

test("without a worker that is told, with what to do; with one all is well, and the versions are there", async (stage) => {
  const { browser, api, admin } = stage;
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await goTo(opened, "Health");
  await page.getByText("Not well: worker.").waitFor();
  const row = page.getByRole("row").filter({ hasText: "No worker has run on this database yet." });
  assert.match(await row.innerText(), /worker\s+Problem\s[^]*Start `worker`/);
  const worker = await startWorker(workerConfig("health"), { log });
  try {
    await until("all is well", async () => {
      await page.getByRole("button", { name: "Look again" }).click();
      return page.getByText("All is well.").isVisible();
    });
  } finally {
    await worker.stop();
  }
  assert.match(
    await page.locator("dl.facts").innerText(),
    /Bodega\s+\d[^]*Node\.js\s+\d[^]*PostgreSQL\s+\d[^]*Redis\s+\w/,
  );
  await leave(opened);
});

test("it is reached and read by keyboard alone, and its heading has the focus", async (stage) => {
  const { browser, api, admin } = stage;
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await page.getByRole("navigation", { name: "Screens" }).getByRole("link", { name: "Health" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Health" }).waitFor();
  await until("the heading has the focus", async () => page.evaluate("document.activeElement?.tagName === 'H1'"));
  await page.getByRole("region", { name: "Parts" }).waitFor();
  await page.keyboard.press("Tab");
  assert.is(await page.evaluate("document.activeElement?.textContent"), "Look again");
  await page.keyboard.press("Tab");
  assert.is(await page.evaluate("document.activeElement?.getAttribute('aria-label')"), "Parts");
  await leave(opened);
});

test.run();
