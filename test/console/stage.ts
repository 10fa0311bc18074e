/** What the console's tests begin with: a real API, a browser, an admin, and a shop that has something to sell. */
import type { Browser } from "playwright-core";
import { type Clients, startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { type Shop, shopWith } from "../support/shop.ts";
import { openBrowser } from "./browser.ts";

export interface Stage {
  api: TestApi;
  browser: Browser;
  admin: TestUser;
  /** The admin's. */
  clients: Clients;
  shop: Shop<"mug">;
}

const MUGS = 40;

export async function openStage(environment: Record<string, string> = {}): Promise<Stage> {
  const api = await startTestApi(environment);
  const browser = await openBrowser();
  const admin = await api.signUp("ADMIN");
  return { api, browser, admin, clients: api.clients({ token: admin.token }), shop: await shopWith(api, { mug: MUGS }) };
}

/** Also a stage that was not set up to its end. */
export async function closeStage({ api, browser }: Partial<Stage>): Promise<void> {
  await browser?.close();
  await api?.stop();
}
