/** What the console's tests begin with: what others do, and a browser. */
import type { Browser } from "playwright-core";
import * as support from "../support/fixture.ts";
import { openConsoleBrowser } from "./browser.ts";

export interface Stage extends support.Fixture {
  browser: Browser;
}

export async function openStage(environment: Record<string, string> = {}): Promise<Stage> {
  return { ...(await support.createFixture(environment)), browser: await openConsoleBrowser() };
}

/** Also a stage that was not set up to its end. */
export async function closeStage({ api, browser }: Partial<Pick<Stage, "api" | "browser">>): Promise<void> {
  await browser?.close();
  await api?.stop();
}
