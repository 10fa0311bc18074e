/**
 * A soak: mixed load for a while, faults by a schedule, and at the end every promise held against the whole history.
 *
 * The seed draws what everybody means to do and what strikes after what. How the calls interleave it cannot draw, so the
 * same seed brings the same trouble and not the same run.
 */
import { chmod, mkdir } from "node:fs/promises";
import path from "node:path";
import { openWays } from "./accounts.ts";
import { judge } from "./checks/all.ts";
import { figuresOf } from "./figures.ts";
import { writeHistory } from "./history.ts";
import { type LoadParts, runLoad } from "./load.ts";
import { openReceivers } from "./receivers.ts";
import { settle } from "./settle.ts";
import { furnish } from "./shop.ts";
import { openStage } from "./stage.ts";

export interface SoakOptions extends Pick<LoadParts, "seed" | "seconds" | "log"> {
  /** Everything that the run keeps. */
  dataDir: string;
}

export interface SoakResult {
  figures: Record<string, number>;
  /** By the promise: what broke it, as sentences. */
  broken: Map<string, string[]>;
  /** Every call with its attempts, every fault, every broken promise: a line of JSON for each. */
  historyFile: string;
}

const CUSTOMERS = 12;
const BYSTANDERS = 2;
const STAFF = 2;
const WATCHERS = 2;
/** Of the customers, so many call the second machine: enough that it is placing orders whenever it is struck. */
const ELSEWHERE = 3;

export async function soak({ dataDir, ...options }: SoakOptions): Promise<SoakResult> {
  await mkdir(dataDir, { recursive: true });
  // PostgreSQL may run as another account, which has to pass.
  await chmod(dataDir, 0o711);
  const receivers = await openReceivers(options.seed);
  const stage = await openStage({ dataDir, smtpUrl: receivers.smtpUrl });
  const ways = openWays(stage);
  // By JSON to the second machine, by gRPC to the first: who hears nothing from one asks the other, with the same id.
  const waysElsewhere = openWays({ ...stage, baseUrl: stage.second.baseUrl });
  try {
    const shop = await furnish({
      ...stage,
      ways,
      waysElsewhere,
      webhookUrl: receivers.webhookUrl,
      customers: CUSTOMERS,
      elsewhere: ELSEWHERE,
      bystanders: BYSTANDERS,
      staff: STAFF,
      watchers: WATCHERS,
    });
    receivers.trust(shop.webhookSecret);
    return await judged({ ...options, stage, shop, receivers }, path.join(dataDir, "history.jsonl"));
  } finally {
    ways.close();
    waysElsewhere.close();
    await stage.stop();
    await receivers.close();
  }
}

async function judged(parts: LoadParts, historyFile: string): Promise<SoakResult> {
  const { seed, seconds, stage, receivers } = parts;
  const load = await runLoad(parts);
  const state = await settle(load, parts);
  const { scene, striking, watchings, readings } = load;
  const received = receivers.received();
  const broken = judge({
    calls: scene.calls,
    bystanders: new Set(parts.shop.customers.slice(0, parts.shop.bystanders).map(({ userId }) => userId)),
    abandoned: scene.abandoned,
    state,
    watched: watchings.map(({ watched }) => watched),
    received,
    invariants: readings.broken(),
    struck: striking.struck,
    outages: striking.outages,
    forged: receivers.forged(),
    bugs: stage.bugsLogged(),
  });
  const promises = [...broken].map(([promise, sentences]) => ({ promise, sentences }));
  writeHistory(historyFile, [{ seed, seconds }, ...scene.calls, ...striking.struck, ...promises]);
  return { figures: figuresOf(load, state, received), broken, historyFile };
}
