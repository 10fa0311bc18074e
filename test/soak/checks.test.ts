/**
 * The checks of a soak have teeth: each thing that may go wrong is put into a run in which nothing did, and is found.
 *
 * Method: one violation at a time; the promise that it breaks must be told, with the sentence that says what broke it.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Evidence, judge } from "./checks/all.ts";
import { type Attempt, type Call, newCall } from "./history.ts";
import { reportOf } from "./report.ts";
import { BYSTANDER, soundRun, USER } from "./run-of-the-mill.ts";
import type { FaultKind } from "./schedule.ts";

function brokenBy(violate: (run: Evidence) => void): [promise: string, sentences: string[]][] {
  const run = soundRun();
  violate(run);
  return [...judge(run)].filter(([, sentences]) => sentences.length > 0);
}

function call({ calls }: Evidence, id: string): Call {
  const found = calls.find((one) => one.id === id);
  if (found === undefined) throw new TypeError(`no call ${id}`);
  return found;
}

function without(list: unknown[], index: number): void {
  list.splice(index, 1);
}

/** Changes one entry in place. */
function change<T extends object>(list: T[], index: number, changes: Partial<T>): void {
  Object.assign(list.at(index) ?? {}, changes);
}

function refusedToo(run: Evidence): void {
  call(run, "held").attempts.push({
    way: "JSON",
    sentMs: 20,
    endedMs: 30,
    outcome: "refused",
    reason: "PRODUCT_INACTIVE",
    order: undefined,
  });
}

function swapped({ state: { events } }: Evidence): void {
  change(events, 0, { sequence: 2 });
  change(events, 2, { sequence: 1 });
}

/** A bystander's attempts, one after the other, each answered as its reason says, while the fault lasts. */
function attemptsUnder(
  fault: FaultKind,
  { calls, struck }: Evidence,
  answers: Pick<Attempt, "outcome" | "reason">[],
  tookMs = 900,
): void {
  const atMs = struck.find(({ kind }) => kind === fault)?.atMs ?? 0;
  const attempts = answers.map((answer, n) => {
    const sentMs = atMs + n * tookMs;
    return { way: "JSON" as const, sentMs, endedMs: sentMs + tookMs, order: undefined, ...answer };
  });
  calls.push(newCall({ id: "beside", actor: BYSTANDER, what: "place", outcome: "refused", attempts }));
}

const IN_VAIN = { outcome: "unknown", reason: "DeadlineExceeded" } as const;
const NOT_APPLICABLE = { outcome: "refused", reason: "PROMOTION_NOT_APPLICABLE" } as const;

function times<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value);
}

function heldUpBy(fault: FaultKind): (run: Evidence) => void {
  return (run) => attemptsUnder(fault, run, times(8, IN_VAIN));
}

const violations: [name: string, violate: (run: Evidence) => void, promise: RegExp, sentence: RegExp][] = [
  [
    "an insisting call is left undecided",
    (run) => void (run.abandoned = new Set()),
    /decided/,
    /place given up was never decided, in 1 attempts: Unavailable/,
  ],
  [
    "a call met an INTERNAL",
    (run) => change(call(run, "placed").attempts, 0, { reason: "INTERNAL" }),
    /decided/,
    /placed met a bug/,
  ],
  [
    "a retry is told that its id was used otherwise",
    (run) => change(call(run, "placed").attempts, 1, { outcome: "refused", reason: "REQUEST_ID_REUSED" }),
    /nobody gave cause/,
    /place placed was refused with REQUEST_ID_REUSED/,
  ],
  [
    "an acknowledged order is not found",
    (run) => change(call(run, "late").attempts, 0, { reason: "ORDER_NOT_FOUND" }),
    /nobody gave cause/,
    /confirm late was refused with ORDER_NOT_FOUND/,
  ],
  [
    "an order was placed twice by one request_id",
    (run) => change(run.state.events, 4, { callId: "placed" }),
    /no acknowledged order/,
    /place placed was done 2 times/,
  ],
  [
    "a refused step was taken",
    (run) => change(run.state.events, 3, { callId: "late" }),
    /no acknowledged order/,
    /confirm late was refused, and done/,
  ],
  [
    "an order stands for no call",
    (run) => change(run.state.events, 4, { callId: "who" }),
    /no acknowledged order/,
    /became CONFIRMED by who, and nobody called so/,
  ],
  [
    "an acknowledged step left no trace",
    (run) => change(run.state.events, 2, { callId: "given up" }),
    /no acknowledged order/,
    /ship shipped was acknowledged, and nothing came of it/,
  ],
  [
    "an order was shipped by itself",
    (run) => change(run.state.events, 2, { callId: undefined }),
    /no acknowledged order/,
    /sold became SHIPPED by itself/,
  ],
  [
    "a hold ended before its time",
    (run) => change(run.state.orders, 1, { holdEndsMs: 11_000 }),
    /no acknowledged order/,
    /kept became CANCELLED by itself/,
  ],
  [
    "an acknowledged order is missing",
    (run) => without(run.state.orders, 0),
    /no acknowledged order/,
    /order sold was acknowledged, and is missing/,
  ],
  [
    "an order is stored with other lines",
    (run) => change(run.state.orders, 0, { lines: "mug×3" }),
    /no acknowledged order/,
    /told as mug×2 for 500, and is mug×3/,
  ],
  [
    "an order is read with other lines than it has",
    (run) => Object.assign(call(run, "read").attempts[0]?.order ?? {}, { lines: "pot×2" }),
    /no acknowledged order/,
    /told as pot×2 for 500, and is mug×2/,
  ],
  [
    "an order is stored with another total",
    (run) => change(run.state.orders, 0, { total: 400 }),
    /no acknowledged order/,
    /and is mug×2 for 400/,
  ],
  [
    "two answers to one request_id name two orders",
    (run) => change(call(run, "placed").attempts, 0, { order: call(run, "held").order }),
    /no acknowledged order/,
    /told to be several orders/,
  ],
  ["of two tabs one is served and one refused", refusedToo, /no acknowledged order/, /both acknowledged and refused/],
  [
    "the answer told another status than what was done",
    (run) => change(run.state.events, 1, { type: "REJECTED" }),
    /no acknowledged order/,
    /told to be order kept PENDING, and is kept REJECTED/,
  ],
  [
    "an order is not where its events lead",
    (run) => change(run.state.orders, 0, { status: "CONFIRMED" }),
    /no acknowledged order/,
    /sold is CONFIRMED, by way of CONFIRMED, SHIPPED/,
  ],
  [
    "a reading does not find an acknowledged order",
    (run) => change(call(run, "read").attempts, 0, { outcome: "refused", reason: "ORDER_NOT_FOUND" }),
    /nobody gave cause/,
    /read order read was refused with ORDER_NOT_FOUND/,
  ],
  [
    "a reading shows less than was told before",
    (run) => Object.assign(call(run, "read").attempts[0]?.order ?? {}, { status: "CONFIRMED" }),
    /no reading/,
    /read as CONFIRMED after somebody was told that it is SHIPPED/,
  ],
  [
    "a reading in mid-run finds stock and ledger apart",
    (run) => void run.invariants.push("product mug: 3, and 4 by the ledger"),
    /stock, ledger/,
    /4 by the ledger/,
  ],
  [
    "an acknowledged adjustment is missing",
    (run) => without(run.state.movements, 0),
    /each change of the stock/,
    /adjust adjusted was acknowledged, and nothing/,
  ],
  [
    "an adjustment was made twice",
    (run) => change(run.state.movements, 0, { count: 2, deltas: "store mug×5 store mug×5" }),
    /each change of the stock/,
    /should be store mug×5/,
  ],
  [
    "stock was set twice by one call",
    (run) => change(run.state.movements, 1, { count: 2 }),
    /each change of the stock/,
    /set counted was done 2 times/,
  ],
  [
    "a refused transfer was made",
    (run) => void run.state.movements.push({ callId: "too many", count: 2, deltas: "" }),
    /each change of the stock/,
    /too many was refused, and done/,
  ],
  [
    "the ledger has what nobody asked for",
    (run) => void run.state.movements.push({ callId: "who", count: 1, deltas: "" }),
    /each change of the stock/,
    /movements of who/,
  ],
  [
    "an item was added to the cart twice",
    (run) => void (call(run, "looked").cart = { mug: 2 }),
    /carts/,
    /looked showed mug×2, and the cart should hold mug×1/,
  ],
  [
    "a check out ordered something else",
    (run) => void (call(run, "added").quantities = { pot: 1 }),
    /carts/,
    /checked out ordered mug×1, and the cart held pot×1/,
  ],
  [
    "the cart was not emptied by a check out",
    (run) => void run.state.carts.set(USER, { pot: 2, mug: 1 }),
    /carts/,
    /holds mug×1 pot×2, and should hold pot×2/,
  ],
  ["an order's later event has the earlier position", swapped, /positions/, /sold 2 comes after number 0 of its order/],
  [
    "an event has no position",
    (run) => change(run.state.events, 4, { position: undefined }),
    /positions/,
    /bought 1 has position undefined/,
  ],
  [
    "positions have a gap",
    (run) => change(run.state.events, 4, { position: 6 }),
    /positions/,
    /has position 6, and should have 5/,
  ],
  [
    "a watcher missed an event",
    (run) => without(run.watched[0]?.seen ?? [], 2),
    /watchers/,
    /was never told of 1 events, such as sold 2/,
  ],
  [
    "a watcher was told twice",
    (run) => void run.watched[0]?.seen.push("sold 1"),
    /watchers/,
    /was told twice of sold 1/,
  ],
  [
    "a watcher was told out of order",
    (run) => Object.assign(run.watched[0] ?? {}, { seen: run.watched[0]?.seen.toReversed() }),
    /watchers/,
    /was told of bought 1 where sold 1 was due/,
  ],
  [
    "a watcher was told what is not his",
    (run) => void run.watched[1]?.seen.push("sold 1"),
    /watchers/,
    /another store's was told of sold 1 where nothing was due/,
  ],
  [
    "an event has no webhook delivery",
    (run) => without(run.state.webhooks, 1),
    /webhook/,
    /no webhook is noted for event kept 1/,
  ],
  [
    "a webhook was called for what never happened",
    (run) => void run.state.webhooks.push({ orderId: "sold", sequence: 3, done: true }),
    /webhook/,
    /a webhook is noted for sold 3, which asks for none/,
  ],
  [
    "an event has two webhook deliveries",
    (run) => void run.state.webhooks.push(...run.state.webhooks.slice(0, 1)),
    /webhook/,
    /1 events have a webhook noted twice/,
  ],
  [
    "a webhook was given up",
    (run) => change(run.state.webhooks, 0, { done: false }),
    /webhook/,
    /webhook of sold 1 is noted as not done/,
  ],
  [
    "a webhook is noted as called and was not",
    (run) => void (run.received.webhooks = run.received.webhooks.slice(1, -1)),
    /webhook/,
    /noted as done, and never arrived/,
  ],
  ["an event has no mail", (run) => without(run.state.mails, 0), /mail/, /no mail is noted for event sold 1/],
  [
    "a mail is noted as sent and was not",
    (run) => without(run.received.mails, 0),
    /mail/,
    /mail of sold 1 is noted as done, and never arrived/,
  ],
  [
    "a hold's beginning was mailed",
    (run) => void run.state.mails.push({ orderId: "kept", sequence: 1, done: true }),
    /mail/,
    /a mail is noted for kept 1, which asks for none/,
  ],
  [
    "a confirmed order's mail was held back",
    (run) =>
      void (run.state.mails = run.state.mails.map((mail, index) =>
        index === 0 ? { ...mail, done: false, suppressed: true } : mail,
      )),
    /mail/,
    /the mail of sold 1 was held back/,
  ],
  [
    "a mail overtook its order's earlier one",
    (run) => void (run.received.mails = run.received.mails.toReversed()),
    /mail/,
    /mail of sold 1 came after one of number 2/,
  ],
  [
    "a webhook message has another's signature",
    (run) => void run.forged.push("the webhook message 1 is not signed by us"),
    /signed/,
    /not signed by us/,
  ],
  [
    "a kind of fault found nothing to strike at",
    (run) => change(run.struck, 0, { met: false }),
    /every kind of fault/,
    /never once: an API process is killed/,
  ],
  [
    "a frozen process stays",
    (run) => change(run.struck, 1, { isLost: true }),
    /frozen is replaced/,
    /at 40 s an API process is frozen, and nobody put another/,
  ],
  [
    "a locked row holds up those who do not need it",
    heldUpBy("a stock row is locked"),
    /locked row/,
    /a stock row is locked, and 8 of 8 attempts at what is not locked got no answer/,
  ],
  [
    "a lost machine holds up those who do not need its rows",
    heldUpBy("a machine is lost in mid-batch"),
    /locked row/,
    /a machine is lost in mid-batch, and 8 of 8 attempts at what is not locked got no answer/,
  ],
  [
    "a lost machine keeps its locks",
    ({ struck }) =>
      void Object.assign(struck.find(({ kind }) => kind === "a machine is lost in mid-batch") ?? {}, { isLost: true }),
    /gives up its locks/,
    /a machine is lost in mid-batch, and its locks were not freed/,
  ],
  [
    "orders did not go on after a fault",
    (run) => void run.outages.push("at 3 s Redis is killed, and no orders went on"),
    /orders go on/,
    /Redis is killed/,
  ],
  ["a bug was logged", (run) => void run.bugs.push("api.log: call: boom"), /no bug/, /boom/],
];

test("a run in which every promise was kept is told as such", () => {
  assert.equal(
    brokenBy(() => undefined),
    [],
  );
});

for (const [name, violate, promise, sentence] of violations) {
  test(`it is found when ${name}`, () => {
    const found = brokenBy(violate);
    assert.ok(
      found.some(([broken, sentences]) => promise.test(broken) && sentences.some((one) => sentence.test(one))),
      JSON.stringify(found, undefined, 1),
    );
  });
}

test("every promise has a violation that breaks it", () => {
  const promises = [...judge(soundRun()).keys()];
  assert.equal(
    promises.filter((promise) => !violations.some(([, , pattern]) => pattern.test(promise))),
    [],
  );
});

test("who does not need the locked row and is answered breaks nothing, whatever the answer", () => {
  assert.equal(
    brokenBy((run) => attemptsUnder("a stock row is locked", run, times(8, NOT_APPLICABLE))),
    [],
  );
});

test("ten seconds without an answer are found among many that came, one attempt in vain is not held against a run", () => {
  const fault = "a machine is lost in mid-batch";
  const told = (attemptsInVain: number) =>
    brokenBy((run) => {
      attemptsUnder(fault, run, times(attemptsInVain, IN_VAIN), 5_000);
      attemptsUnder(fault, run, times(20, NOT_APPLICABLE), 100);
      attemptsUnder(fault, run, times(1, NOT_APPLICABLE), 4_500);
    }).flatMap(([, sentences]) => sentences);
  assert.equal(told(1), []);
  assert.match(told(2).join(), /2 of 23 attempts at what is not locked got no answer/);
});

test("what is repeated, late, or done without an answer is no violation", () => {
  assert.equal(
    brokenBy((run) => change(run.state.events, 4, { callId: "checked out" })),
    [],
  );
  assert.equal(
    brokenBy((run) => void run.received.mails.push("sold 1")),
    [],
  );
  assert.equal(
    brokenBy((run) => {
      change(run.state.events, 3, { callId: "late" });
      change(call(run, "late").attempts, 0, { outcome: "unknown" });
    }),
    [],
  );
});

test("the report names what broke which promise, and only then calls the run broken", () => {
  const run = soundRun();
  assert.not(reportOf({ figures: {}, broken: judge(run) }).isBroken);
  run.watched[0]?.seen.push("sold 1");
  const { isBroken, lines } = reportOf({ figures: { calls: 13 }, broken: judge(run) });
  assert.ok(isBroken);
  const told = lines.filter((line) => !line.includes("kept"));
  assert.equal(told, [
    "",
    "      13  calls",
    "",
    "  BROKEN  watchers saw each event once, in order",
    "          who watches all was told twice of sold 1",
  ]);
});

test.run();
