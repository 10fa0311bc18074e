/**
 * The pages of an account in a browser: a link from a mail is opened, used by keyboard on a telephone, light and dark,
 * without a serious finding by axe-core; and nothing else than the RPC learns the token.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Browser, Page, Request } from "playwright-core";
import { PASSWORD } from "../support/api.ts";
import { BROWSER_TIMEOUT_MS, openBrowser, troublesOf } from "../support/browser.ts";
import { assertNoSidewaysScroll, type Scheme, seriousFindings } from "../console/browser.ts";
import { openPost, type Post } from "./account-mail.ts";

const NEW_PASSWORD = "quite another sentence 7";
let post: Post;
let browser: Browser;

test.before(async () => {
  post = await openPost("pages");
  browser = await openBrowser();
});
test.after(async () => {
  await browser?.close();
  await post?.stop();
});

interface Opened {
  page: Page;
  requests: Request[];
  close(): Promise<void>;
}

async function open(
  path: string,
  { scheme = "light", refused = false }: { scheme?: Scheme; refused?: boolean } = {},
): Promise<Opened> {
  const context = await browser.newContext({ colorScheme: scheme, viewport: { width: 360, height: 640 } });
  context.setDefaultTimeout(BROWSER_TIMEOUT_MS);
  const page = await context.newPage();
  const requests: Request[] = [];
  page.on("request", (request) => requests.push(request));
  const troubles = troublesOf(page, refused ? { statuses: [400] } : {});
  await page.goto(post.api.baseUrl + path);
  return {
    page,
    requests,
    async close() {
      assert.equal(troubles, []);
      await context.close();
    },
  };
}

test("a new password is chosen by keyboard alone, and a weak one leaves the link good", async () => {
  const user = await post.api.signUp("CUSTOMER");
  await post.api.clients().identity.requestPasswordReset({ email: user.email });
  const token = await post.tokenOf("password-reset", user.email);
  const { page, requests, close } = await open(`/account/reset?token=${token}`, { refused: true });
  const told = page.getByRole("status");
  assert.not.ok(page.url().includes(token));
  await page.keyboard.press("Tab");
  await page.keyboard.type(user.email);
  await page.keyboard.press("Enter");
  await page.getByText("The password must").waitFor();
  await page.getByLabel("New password").focus();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type(NEW_PASSWORD);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  assert.is(await page.getByLabel("New password").getAttribute("type"), "text");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByText("Your password is changed.").waitFor();
  assert.ok(await told.isVisible());
  await post.api.clients().identity.login({ login: user.email, password: NEW_PASSWORD });
  for (const request of requests.slice(1)) {
    assert.not.ok(request.url().includes(token), request.url());
    assert.is((await request.allHeaders())["referer"], undefined, request.url());
  }
  await close();
});

test("an address is confirmed by a press of the button; a link that was used says so", async () => {
  const user = await post.api.signUp("CUSTOMER");
  const mine = post.api.clients({ token: user.token }).identity;
  await mine.requestEmailVerification({});
  const token = await post.tokenOf("email-verification", user.email);
  const { page, close } = await open(`/account/verify?token=${token}`);
  await page.getByRole("button", { name: "Confirm the address" }).waitFor();
  assert.is((await mine.getProfile({})).user?.emailVerified, false);
  await page.getByRole("button", { name: "Confirm the address" }).click();
  await page.getByText(`The address ${user.email} is confirmed.`).waitFor();
  assert.is((await mine.getProfile({})).user?.emailVerified, true);
  await close();
  const again = await open(`/account/verify?token=${token}`, { refused: true });
  await again.page.getByRole("button", { name: "Confirm the address" }).click();
  await again.page.getByText("This link has been used").waitFor();
  await again.close();
});

test("without a token another mail is asked for, and a link that is over leads there", async () => {
  const user = await post.api.signUp("CUSTOMER");
  const { page, close } = await open("/account/reset?token=nonsense", { refused: true });
  await page.getByLabel("New password").fill(NEW_PASSWORD);
  await page.getByRole("button", { name: "Save the password" }).click();
  await page.getByText("This link has been used").waitFor();
  await page.getByLabel("E-mail address of your account").fill(user.email);
  await page.getByRole("button", { name: "Send me a link" }).click();
  await page.getByText("If an account has this address").waitFor();
  await post.tokenOf("password-reset", user.email);
  await post.api.clients().identity.login({ login: user.email, password: PASSWORD });
  await close();
});

for (const scheme of ["light", "dark"] as const)
  test(`on a telephone, ${scheme}, nothing is wider than the screen and axe finds nothing`, async () => {
    for (const path of ["/account/reset?token=a", "/account/reset", "/account/verify?token=a", "/account/verify"]) {
      const { page, close } = await open(path, { scheme });
      await page.getByRole("heading", { level: 1 }).waitFor();
      assert.equal(await seriousFindings(page), [], path);
      await assertNoSidewaysScroll(page, path);
      await close();
    }
  });

test("the pages carry the console's policy, send no referrer and are kept nowhere, by GET and HEAD alone", async () => {
  const console = await fetch(`${post.api.baseUrl}/console/`);
  for (const path of [
    "/account/reset?token=a",
    "/account/verify?token=a",
    "/account/account.js",
    "/account/account.css",
  ]) {
    const { status, headers } = await fetch(post.api.baseUrl + path);
    assert.is(status, 200);
    assert.is(headers.get("referrer-policy"), "no-referrer");
    assert.is(headers.get("cache-control"), "no-store");
    assert.match(headers.get("content-security-policy") ?? "", /default-src 'none'.*require-trusted-types-for/);
    if (console.status === 200)
      assert.is(headers.get("content-security-policy"), console.headers.get("content-security-policy"));
    assert.is((await fetch(post.api.baseUrl + path, { method: "POST" })).status, 405);
  }
});

test.run();
