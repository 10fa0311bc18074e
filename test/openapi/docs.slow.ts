/** /docs in Chromium over a real API: somebody signs in there, tries an RPC, and reads the answer. */
// time limit: 300 s
import type { Browser } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { openBrowser, troublesOf } from "../support/browser.ts";

const test = suite<{ api: TestApi; browser: Browser; customer: TestUser }>("docs");

test.before(async (context) => {
  context.api = await startTestApi();
  context.browser = await openBrowser();
  context.customer = await context.api.signUp("CUSTOMER");
});

test.after(async ({ api, browser }) => {
  await browser?.close();
  await api?.stop();
});

test("an RPC is tried: refused before signing in, answered afterwards, and nothing is asked of anybody else", async ({
  api,
  browser,
  customer,
}) => {
  const page = await browser.newPage();
  const troubles = troublesOf(page, { statuses: [401] });
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(`${api.baseUrl}/docs#/IdentityService/IdentityService_GetProfile`);
  const operation = page.locator("#operations-IdentityService-IdentityService_GetProfile");
  await operation.getByRole("button", { name: "Try it out" }).click();
  const execute = operation.getByRole("button", { name: "Execute" });
  await execute.click();
  const status = operation.locator(".live-responses-table .response-col_status");
  await status.filter({ hasText: "401" }).waitFor();

  await page.locator(".auth-wrapper").getByRole("button", { name: "Authorize" }).click();
  const dialog = page.locator(".dialog-ux");
  await dialog.locator("input").fill(customer.token);
  await dialog.getByRole("button", { name: "Apply credentials" }).click();
  await dialog.getByRole("button", { name: "Close" }).click();
  await execute.click();
  await status.filter({ hasText: "200" }).waitFor();
  assert.match(await operation.locator(".live-responses-table").innerText(), customer.email);

  assert.equal(
    asked.filter((url) => !url.startsWith(`${api.baseUrl}/`) && !url.startsWith("data:")),
    [],
  );
  // Swagger UI warns of its own links to operations, whose names have an underscore.
  assert.equal(
    troubles.filter((trouble) => !trouble.includes("Deprecated: escaping deep link whitespace")),
    [],
  );
  await page.close();
});

test.run();
