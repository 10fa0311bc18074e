/**
 * Placing orders: the whole stack (network, token, validation, PostgreSQL with fsync on) against pgbench's
 * hand-written transaction, against a call that does nothing, among reads, and how it grows with the callers.
 *
 * BENCH_SECONDS (5) and BENCH_RUNS (3) make it shorter or longer. Rates depend on what the load generator takes of the
 * same cores; CPU for each order hardly does, so ratios of it are what to compare.
 */
import { availableParallelism } from "node:os";
import { tellCompanions } from "./companions.ts";
import { type Protocol, warm } from "./load.ts";
import { type Load, loadApi, type Loaded, ORDERS_PER_SECOND, ordersFor } from "./load-api.ts";
import { byTurns, type Figure, figureOf, type Measured, ratioOf, type Row, SECONDS, type Subject } from "./measured.ts";
import { mixedCalls } from "./mixed.ts";
import { orderBytes, sizeTable } from "./order-bytes.ts";
import type { Aim } from "./report.ts";
import { sqlAlone } from "./sql-alone.ts";
import { type ApiUnderLoad, openStage } from "./stage.ts";
import { tell } from "./tell.ts";
import { pgbenchPath, runYardstick } from "./yardstick.ts";

const CALLERS = 64;
const GROWTH = [1, 2, 4, 8, 16, 32, 64, 128, 256];
const PROTOCOLS = ["json", "grpc"] as const;
/** As many as `serve` starts by itself, and one, whose batches are the largest. */
const PROCESSES = [...new Set([1, availableParallelism()])];
/** For the size of an order: so many times the seconds of a round, the first of them uncounted. */
const SIZE_ROUNDS = 6;

const ALONE = "the product's SQL alone, 1";
const yardstickOf = (crowd: Crowd, callers: number) => `pgbench, ${crowd}, ${callers}`;
const emptyOf = (protocol: Protocol) => `empty call, ${protocol}, ${CALLERS}`;
const orderOf = (protocol: Protocol, crowd: Crowd, { processes }: { processes: number }) =>
  `order, ${protocol}, ${crowd}, ${callersOf(crowd)}, ${processes} API`;

const pgbench = pgbenchPath();
if (pgbench === undefined)
  console.log("pgbench is missing (Debian: apt-get install postgresql); going on without the yardstick.");
const stage = await openStage();
const apis = new Map<number, ApiUnderLoad>();
try {
  for (const processes of PROCESSES) apis.set(processes, await stage.startApi(processes));
  const empty = await stage.startEmptyApi();
  for (const protocol of PROTOCOLS) {
    const load = (api: ApiUnderLoad) => async (seconds: number) => (await call(api, { protocol, seconds })).done;
    for (const [processes, api] of apis) await warm(load(api), processes);
    await warm(load(empty));
  }
  // What is compared stands together, so that in each round little time is between the two.
  tellOrders(
    await byTurns([
      ...yardsticks("random"),
      ...emptyCalls(empty),
      ...orders("random"),
      ...yardsticks("hot"),
      ...orders("hot"),
      ...yardsticks("alone"),
      ...orders("alone"),
    ]),
  );
  await empty.stop();
  const one = apis.get(1);
  if (one !== undefined) await tellCompanions(stage, one);
  await tellMixed();
  await tellGrowth();
  await tellSize();
} finally {
  await stage.stop();
}

/** Everybody on random products, everybody on one product of one store, or one caller by himself. */
type Crowd = "random" | "hot" | "alone";

function callersOf(crowd: Crowd): number {
  return crowd === "alone" ? 1 : CALLERS;
}

function yardsticks(crowd: Crowd): Subject[] {
  const callers = callersOf(crowd);
  const alone: Subject[] = crowd === "alone" ? [{ name: ALONE, measure: sqlAloneRound }] : [];
  if (pgbench === undefined) return alone;
  return [
    {
      name: yardstickOf(crowd, callers),
      measure: async () => pgbenchRound(pgbench, { hot: crowd === "hot", callers }),
    },
    ...alone,
  ];
}

function emptyCalls(empty: ApiUnderLoad): Subject[] {
  return PROTOCOLS.map((protocol) => ({ name: emptyOf(protocol), measure: () => call(empty, { protocol }) }));
}

function orders(crowd: Crowd): Subject[] {
  const callers = callersOf(crowd);
  return [...apis].flatMap(([processes, api]) =>
    PROTOCOLS.map((protocol) => ({
      name: orderOf(protocol, crowd, { processes }),
      yardstick: crowd === "alone" ? ALONE : yardstickOf(crowd, callers),
      measure: () => place(api, { protocol, hot: crowd === "hot", callers }),
    })),
  );
}

interface Wish extends Partial<Pick<Load, "callers" | "seconds">> {
  protocol: Protocol;
  hot?: boolean;
}

/** @throws Error where an order was sent twice: that costs less */
async function place(api: ApiUnderLoad, wish: Wish): Promise<Loaded> {
  const loaded = await call(api, wish);
  const made = (wish.seconds ?? SECONDS) * ORDERS_PER_SECOND;
  if (loaded.done > made)
    throw new Error(`${loaded.done} orders were sent of ${made}: some twice. Raise ORDERS_PER_SECOND.`);
  return loaded;
}

function call(
  api: ApiUnderLoad,
  { protocol, hot = false, callers = CALLERS, seconds = SECONDS }: Wish,
): Promise<Loaded> {
  return loadApi(stage, api, {
    protocol,
    callers,
    seconds,
    calls: [ordersFor(seconds, { protocol, hot, token: stage.token })],
  });
}

function pgbenchRound(program: string, options: { hot: boolean; callers: number }): Measured {
  const before = stage.databaseUs();
  const { clientUs, transactions, ...figures } = runYardstick(program, stage.databaseUrl, {
    ...options,
    seconds: SECONDS,
  });
  // On a machine that is too busy for it: nothing was measured, which must not look like a transaction that costs all.
  if (transactions === 0) return {};
  return { ...figures, apiUs: clientUs, databaseUs: (stage.databaseUs() - before) / transactions };
}

async function sqlAloneRound(): Promise<Measured> {
  const before = stage.databaseUs();
  const { done, seconds, clientUs, ...figures } = await sqlAlone(stage.databaseUrl, SECONDS);
  return { ...figures, perSecond: done / seconds, apiUs: clientUs, databaseUs: (stage.databaseUs() - before) / done };
}

function tellOrders(rows: Row[]): void {
  const named = new Map(rows.map((row) => [row.name, row]));
  tell({
    id: "orders",
    title: "Placing orders",
    method:
      `The whole stack with fsync on, orders of two lines (one, where all want the same product), ${CALLERS} callers or one, against pgbench with a ` +
      "hand-written transaction that writes every row that the product writes. The load generator, the API and PostgreSQL share the machine. " +
      "For one caller alone, on random products, the yardstick is the product's own SQL on one connection. An empty call passes every step, with an order's request, and does nothing.",
    rows,
    aims: PROCESSES.flatMap((processes) => PROTOCOLS.flatMap((protocol) => aimsOf(named, { protocol, processes }))),
    sizing: PROTOCOLS.flatMap((protocol) => {
      const row = named.get(orderOf(protocol, "random", { processes: 1 }));
      const [eachUs = 0, mib = 0] = [figureOf(row, "cpuUs"), figureOf(row, "mib")];
      return [
        {
          what: `orders a second for each core of API and database together, ${protocol}`,
          figure: (1_000_000 / eachUs).toFixed(0),
        },
        { what: `memory of an API process under that load, ${protocol}`, figure: `${mib.toFixed(0)} MiB` },
      ];
    }),
    plot: {
      title: `Orders a second, ${CALLERS} callers`,
      bars: rows
        .filter(({ name }) => !name.includes("empty") && !name.includes("alone"))
        .map((row) => ({
          name: row.name,
          figure: figureOf(row, "perSecond") ?? 0,
          isYardstick: row.yardstick === undefined,
        })),
    },
  });
}

function aimsOf(rows: Map<string, Row>, { protocol, processes }: { protocol: Protocol; processes: number }): Aim[] {
  const random = rows.get(orderOf(protocol, "random", { processes }));
  const hot = rows.get(orderOf(protocol, "hot", { processes }));
  const lone = rows.get(orderOf(protocol, "alone", { processes }));
  const transaction = rows.get(yardstickOf("random", CALLERS));
  const of = `${protocol}, ${processes} API`;
  return [
    {
      what: `CPU an order, API and database, of pgbench's transaction; ${of}`,
      figure: ratioOf(random, transaction, "cpuUs"),
      atMost: protocol === "json" ? 0.6 : 0.45,
    },
    {
      what: `database CPU an order, of pgbench's; ${of}`,
      figure: ratioOf(random, transaction, "databaseUs"),
      atMost: 0.4,
    },
    {
      what: `rate on random products, of pgbench's; ${of}`,
      figure: ratioOf(random, transaction, "perSecond"),
      atLeast: protocol === "json" ? 1.5 : 2,
    },
    {
      what: `rate on one hot product, of pgbench's; ${of}`,
      figure: ratioOf(hot, rows.get(yardstickOf("hot", CALLERS)), "perSecond"),
      atLeast: 6,
    },
    {
      what: `rate on one hot product, of that on random ones; ${of}`,
      figure: ratioOf(hot, random, "perSecond"),
      atLeast: 1,
    },
    {
      what: `one caller's wait (p50), of the SQL alone; ${of}`,
      figure: ratioOf(lone, rows.get(ALONE), "p50Us"),
      atMost: 1.5,
    },
    {
      what: `API CPU an order, of an empty call's; ${of}`,
      figure: ratioOf(random, rows.get(emptyOf(protocol)), "apiUs"),
      atMost: 2,
    },
  ];
}

async function tellMixed(): Promise<void> {
  const load = (api: ApiUnderLoad, protocol: Protocol, seconds = SECONDS) =>
    loadApi(stage, api, {
      protocol,
      callers: CALLERS,
      seconds,
      calls: mixedCalls(seconds, { protocol, token: stage.token }),
    });
  const subjects = [...apis].flatMap(([processes, api]) => PROTOCOLS.map((protocol) => ({ processes, api, protocol })));
  for (const { api, protocol, processes } of subjects)
    await warm(async (seconds) => (await load(api, protocol, seconds)).done, processes);
  tell({
    id: "mixed",
    title: "Orders among reads",
    method:
      `Of ten calls one places an order, six get a product, two search (fifty different searches), one lists the caller's own newest orders; ${CALLERS} callers. ` +
      "Reads of the catalog go unsigned, by JSON as GET. All figures are for each call, whichever it was.",
    rows: await byTurns(
      subjects.map(({ api, protocol, processes }) => ({
        name: `${protocol}, ${processes} API`,
        measure: () => load(api, protocol),
      })),
    ),
  });
}

async function tellGrowth(): Promise<void> {
  const processes = Math.max(...PROCESSES);
  const api = apis.get(processes);
  if (api === undefined) return;
  for (const protocol of PROTOCOLS) {
    const rows: Row[] = [];
    for (const callers of GROWTH)
      rows.push({ name: `${callers} callers`, rounds: [await place(api, { protocol, callers })] });
    const figures = (figure: Figure, unit = 1) => rows.map((row) => (figureOf(row, figure) ?? 0) / unit);
    tell({
      id: `growth-${protocol}`,
      title: `How orders grow with the callers, ${protocol}`,
      method: `Random products, ${processes} API processes, one round each.`,
      rows,
      plot: {
        title: `Orders a second by callers, ${protocol}`,
        lines: { at: GROWTH, label: "callers", lines: [{ name: "orders a second", figures: figures("perSecond") }] },
      },
    });
  }
}

async function tellSize(): Promise<void> {
  const api = apis.get(Math.max(...PROCESSES));
  if (api === undefined) return;
  await place(api, { protocol: "json" });
  const sizes = await orderBytes(stage.databaseUrl, async () => {
    let done = 0;
    for (let round = 1; round < SIZE_ROUNDS; round++) done += (await place(api, { protocol: "json" })).done;
    return done;
  });
  tell(sizeTable(sizes));
}
