/** The load of a run and the faults in it: from when everybody watches until everybody has finished what was in hand. */
import { setTimeout as sleep } from "node:timers/promises";
import { strike } from "./faults.ts";
import { beCustomer, beStaff, type Scene } from "./people.ts";
import { type Readings, startReadings } from "./readings.ts";
import type { Receivers } from "./receivers.ts";
import { faultKinds, scheduleOf } from "./schedule.ts";
import type { Shop } from "./shop.ts";
import type { Stage } from "./stage.ts";
import { type Striking, type Struck, strikeAll, unmet } from "./striking.ts";
import { type Watching, watchOn } from "./watchers.ts";
import { bystanderIntents, customerIntents, staffIntents } from "./workload.ts";

export interface Load {
  scene: Scene;
  striking: Striking;
  watchings: Watching[];
  readings: Readings;
}

export interface LoadParts {
  seed: number;
  seconds: number;
  stage: Stage;
  shop: Shop;
  receivers: Receivers;
  log: (line: string) => void;
}

const PROGRESS_MS = 15_000;
/** A kind of fault that found nothing to strike at in so many rounds of the schedule will find nothing. */
const MAX_ROUNDS = 5;

/** Lasts for the seconds that are asked for, or longer, until every kind of fault has struck something. */
export async function runLoad({ seed, seconds, stage, shop, receivers, log }: LoadParts): Promise<Load> {
  const watchings = watchAll(shop, stage.redisUrl);
  await Promise.all(watchings.map(({ begun }) => begun));
  const stop = new AbortController();
  const scene = openScene(shop, stop.signal);
  const readings = startReadings({
    database: stage.database,
    storeIds: shop.storeIds,
    acknowledged: scene.acknowledged,
  });
  const people = Promise.all([
    ...shop.customers.map((account, n) =>
      beCustomer(
        account,
        n < shop.bystanders
          ? bystanderIntents(seed, n)
          : customerIntents(seed, n - shop.bystanders, shop.elsewhere.has(account.userId)),
        scene,
      ),
    ),
    ...shop.staff.map((account, n) => beStaff(account, staffIntents(seed, n), scene)),
  ]);
  // They end by themselves only by a mistake of the run, which ends it.
  const mistaken = people.then(() => Promise.reject(new Error("everybody went home")));
  const allMet = (struck: readonly Struck[]) =>
    unmet(struck).length === 0 || struck.length >= MAX_ROUNDS * faultKinds.length;
  const enough = (struck: readonly Struck[]) => scene.now() > seconds * 1_000 && allMet(struck);
  const telling = tellProgress({ scene, readings, receivers, log });
  try {
    const striking = await Promise.race([
      strikeAll(scheduleOf(seed), {
        strike: (fault) => strike(fault, stage),
        scene: { acknowledged: scene.acknowledgedHere, now: scene.now },
        enough,
        log,
      }),
      mistaken,
    ]);
    stop.abort();
    await people;
    return { scene, striking, watchings, readings };
  } finally {
    mistaken.catch(() => undefined);
    telling.abort();
    stop.abort();
  }
}

function openScene(shop: Shop, stop: AbortSignal): Scene {
  const startMs = performance.now();
  const now = () => Math.round(performance.now() - startMs);
  return {
    shop,
    calls: [],
    abandoned: new Set(),
    acknowledged: [],
    acknowledgedHere: [],
    toShip: [],
    toDeliver: [],
    now,
    stop,
  };
}

/** All orders by one, one store's by another, each customer's by the customer; by both ways. */
function watchAll({ watchers: [all, ofStore], customers, storeIds: [storeId] }: Shop, redisUrl: string): Watching[] {
  if (all === undefined || ofStore === undefined) throw new TypeError("nobody watches");
  return [
    watchOn({ name: "who watches all", account: all, way: "gRPC", redisUrl }),
    watchOn({ name: "who watches a store", account: ofStore, way: "JSON", storeId, redisUrl }),
    ...customers.map((account, n) =>
      watchOn({ name: `customer ${n}`, account, way: n % 2 === 0 ? "JSON" : "gRPC", userId: account.userId, redisUrl }),
    ),
  ];
}

function tellProgress({
  scene,
  readings,
  receivers,
  log,
}: Pick<Load, "scene" | "readings"> & Pick<LoadParts, "receivers" | "log">): AbortController {
  const ending = new AbortController();
  void (async () => {
    while (await sleep(PROGRESS_MS, true, { signal: ending.signal }).catch(() => false)) {
      // What came in is kept in short: the messages of ten minutes are many.
      receivers.received();
      log(
        `${Math.round(scene.now() / 1_000)} s: ${scene.calls.length} calls, ${scene.acknowledged.length} acknowledged, ${readings.count()} readings`,
      );
    }
  })();
  return ending;
}
