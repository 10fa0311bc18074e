/**
 * Forms lose nothing: what is typed survives a reload, and nobody leaves it behind without being asked; an amount says
 * how it will be saved.
 */
// time limit: 300 s
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { goTo, leave, openSignedIn, seriousFindings } from "./browser.ts";
import { closeStage, openStage, type Stage } from "./stage.ts";

const test = suite<Stage>("drafts");

test.before(async (context) => void Object.assign(context, await openStage()));
test.after(closeStage);

test("what was typed is offered again after a reload, a password never, and is gone once it is saved", async ({
  api,
  browser,
  admin,
}) => {
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  page.on("dialog", (dialog) => void dialog.accept());
  await goTo(opened, "Users");
  await page.getByRole("link", { name: "New user" }).click();
  await page.getByLabel("Email").fill("ada@test.example");
  await page.getByLabel("Username").fill("ada-l");
  await page.getByLabel("Password").fill("correct horse battery");
  await page.reload();
  await page.getByText("What you typed here before is kept.").waitFor();
  assert.not(
    String(await page.evaluate("JSON.stringify([{ ...sessionStorage }, { ...localStorage }])")).includes("horse"),
  );
  assert.is(await page.getByLabel("Email").inputValue(), "");
  assert.equal(await seriousFindings(page), []);
  await page.getByRole("button", { name: "Restore it" }).click();
  assert.is(await page.getByLabel("Email").inputValue(), "ada@test.example");
  assert.is(await page.getByLabel("Password").inputValue(), "");
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: "Create user" }).click();
  await page.getByRole("heading", { level: 1, name: "ada-l" }).waitFor();
  assert.is(await page.evaluate("JSON.stringify({ ...sessionStorage })"), "{}");
  await leave(opened);
});

test("a form that holds what is not saved asks before a link, Back or the end of the tab takes it away", async ({
  api,
  browser,
  admin,
  clients,
}) => {
  const { category } = await clients.catalog.createCategory({ category: { name: "Lamps" } });
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  await goTo(opened, "Categories");
  await page.getByRole("link", { name: "Lamps" }).click();
  await page.getByLabel("Description").fill("Light");
  await page.getByRole("link", { name: "All categories" }).click();
  const question = page.getByRole("dialog", { name: "Leave without saving?" });
  await question.getByRole("button", { name: "Keep" }).click();
  assert.is(await page.getByLabel("Description").inputValue(), "Light");
  await page.goBack();
  await question.getByRole("button", { name: "Keep" }).click();
  assert.match(page.url(), category?.id ?? "no id");
  assert.is(await page.getByLabel("Description").inputValue(), "Light");
  const asked = page.waitForEvent("dialog");
  const closing = page.close({ runBeforeUnload: true });
  const dialog = await asked;
  assert.is(dialog.type(), "beforeunload");
  await dialog.dismiss();
  await closing;
  await page.goBack();
  await question.getByRole("button", { name: "Leave" }).click();
  await page.getByRole("heading", { level: 1, name: "Categories" }).waitFor();
  assert.is((await clients.catalog.getCategory({ id: category?.id })).category?.description, "");
  // What was left is still there for the next time, and saving it asks nothing.
  await page.getByRole("link", { name: "Lamps" }).click();
  await page.getByRole("button", { name: "Restore it" }).click();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Saved.", { exact: true }).waitFor();
  await page.getByRole("link", { name: "All categories" }).click();
  await page.getByRole("heading", { level: 1, name: "Categories" }).waitFor();
  await leave(opened);
});

test("what was typed before somebody else's change is not saved over it unseen", async ({
  api,
  browser,
  admin,
  clients,
}) => {
  const { category } = await clients.catalog.createCategory({ category: { name: "Chairs" } });
  const opened = await openSignedIn(browser, api, admin, { statuses: [409] });
  const { page } = opened;
  page.on("dialog", (dialog) => void dialog.accept());
  await goTo(opened, "Categories");
  await page.getByRole("link", { name: "Chairs" }).click();
  await page.getByLabel("Description").fill("Mine");
  await clients.catalog.updateCategory({
    category: { id: category?.id, description: "Theirs" },
    updateMask: { paths: ["description"] },
  });
  await page.reload();
  await page.getByRole("button", { name: "Restore it" }).click();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  const alert = page.getByRole("alert").filter({ hasText: "Somebody else changed this category" });
  assert.match(await alert.innerText(), /Theirs\s+Mine/);
  await leave(opened);
});

test("an amount says beside its field how it will be saved, and one that may mean two is refused", async ({
  api,
  browser,
  admin,
}) => {
  const opened = await openSignedIn(browser, api, admin);
  const { page } = opened;
  page.on("dialog", (dialog) => void dialog.accept());
  await goTo(opened, "Promotions");
  await page.getByRole("link", { name: "New promotion" }).click();
  await page.getByLabel("Code").fill("BOTH");
  const amount = page.getByLabel("Fixed amount");
  await amount.fill("1,250");
  await page.getByText("will be saved as $1,250.00").waitFor();
  await amount.fill("1.250,00");
  await page.getByText("will be saved as").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Create promotion" }).click();
  await page.getByText("must be an amount such as 1250.00 or 1,250.00").first().waitFor();
  await amount.fill("5");
  await page.getByLabel("Percent").fill("10");
  await page.getByRole("button", { name: "Create promotion" }).click();
  await page.getByText("give one of them and leave the other empty").first().waitFor();
  await page
    .getByText(/^time of /)
    .first()
    .waitFor();
  await leave(opened);
});

test.run();
