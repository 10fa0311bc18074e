/**
 * Group commit: who joins which batch, who is refused, and who is harmed by whom.
 *
 * Method: transactions that the test opens and closes by hand, so that each case is exact; what they do to a database
 * is tested with the orders. A job's key is its name without its number.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { until } from "../support/until.ts";
import { Failure } from "../../src/platform/errors/failure.ts";
import { GroupCommit, type GroupCommitOptions } from "../../src/platform/database/group-commit/group-commit.ts";

interface Open {
  jobs: string[];
  commit(): void;
  fail(error: Error): void;
}

/** A queue whose transactions stay open until the test ends them. */
function queueByHand(options: Partial<GroupCommitOptions<string, string>> = {}) {
  const open: Open[] = [];
  const queue = new GroupCommit<string, string>({
    run: (jobs) =>
      new Promise((resolve, reject) => {
        open.push({ jobs, commit: () => resolve(jobs.map((job) => `${job}!`)), fail: reject });
      }),
    meaningOf: () => "split",
    keysOf: (job) => [job.replace(/\d/, "")],
    findLocked: async () => new Set(),
    maxBatch: 3,
    lanes: 1,
    stallMs: 10_000,
    pollMs: 1,
    maxLockWaiters: 2,
    onLockWaiters: () => undefined,
    ...options,
  });
  const submit = (job: string, more = {}) => queue.submit(job, more).catch(reasonOf);
  return { open, submit };
}

function reasonOf(error: unknown): string {
  return error instanceof Failure ? error.reason : String(error);
}

/** Lets everything go on that waits for nothing but its turn. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("a job that is alone goes at once; those that come meanwhile go together, in their order", async () => {
  const { open, submit } = queueByHand();
  const answers = ["a", "b", "c"].map((job) => submit(job));
  assert.equal(
    open.map(({ jobs }) => jobs),
    [["a"]],
  );
  open[0]?.commit();
  await settle();
  assert.equal(
    open.map(({ jobs }) => jobs),
    [["a"], ["b", "c"]],
  );
  open[1]?.commit();
  assert.equal(await Promise.all(answers), ["a!", "b!", "c!"]);
});

test("a batch has its bound; the rest goes with the next one", async () => {
  const { open, submit } = queueByHand();
  for (const job of ["a", "b", "c", "d", "e"]) void submit(job);
  open[0]?.commit();
  await settle();
  open[1]?.commit();
  await settle();
  assert.equal(
    open.map(({ jobs }) => jobs),
    [["a"], ["b", "c", "d"], ["e"]],
  );
});

test("a job whose deadline passed or whose caller left while it waited never joins", async () => {
  const { open, submit } = queueByHand();
  const left = new AbortController();
  void submit("a");
  const late = submit("late", { deadline: Date.now() - 1 });
  const gone = submit("gone", { signal: left.signal });
  const kept = submit("kept", { deadline: Date.now() + 60_000 });
  left.abort();
  open[0]?.commit();
  assert.equal([await late, await gone], ["DEADLINE_EXCEEDED", "CANCELED"]);
  await settle();
  assert.equal(open[1]?.jobs, ["kept"]);
  open[1]?.commit();
  assert.is(await kept, "kept!");
});

test("a batch that fails is tried again in halves, so that a bad job harms itself alone", async () => {
  const { open, submit } = queueByHand({ maxBatch: 8 });
  void submit("first");
  const answers = ["a", "b", "bad", "d", "e", "f", "g", "h"].map((job) => submit(job));
  open[0]?.commit();
  await settle();
  for (let index = 1; open[index] !== undefined; index++) {
    if (open[index]?.jobs.includes("bad")) open[index]?.fail(new Error("bad"));
    else open[index]?.commit();
    await settle();
  }
  assert.equal(await Promise.all(answers), ["a!", "b!", "Error: bad", "d!", "e!", "f!", "g!", "h!"]);
  assert.equal(
    open.slice(2).map(({ jobs }) => jobs.join("")),
    ["abbadd", "efgh", "ab", "badd", "bad", "d"],
  );
});

test("an error that says something of the database is everybody's, and nothing is tried again", async () => {
  const { open, submit } = queueByHand({ meaningOf: () => "all" });
  void submit("first");
  const answers = ["a", "b"].map((job) => submit(job));
  open[0]?.commit();
  await settle();
  open[1]?.fail(new Error("away"));
  assert.equal(await Promise.all(answers), ["Error: away", "Error: away"]);
  assert.is(open.length, 2);
});

test("a second transaction starts only when the first is stalled", async () => {
  const { open, submit } = queueByHand({ lanes: 2, stallMs: 20 });
  const slow = submit("slow");
  const next = submit("next");
  await settle();
  assert.equal(
    open.map(({ jobs }) => jobs),
    [["slow"]],
  );
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(
    open.map(({ jobs }) => jobs),
    [["slow"], ["next"]],
  );
  open[1]?.commit();
  assert.is(await next, "next!");
  open[0]?.commit();
  assert.is(await slow, "slow!");
});

test("of two transactions that move again, one ends: what waits goes with the other", async () => {
  const { open, submit } = queueByHand({ lanes: 2, stallMs: 20, maxBatch: 1 });
  for (const job of ["slow", "b", "c", "d"]) void submit(job);
  await until("a second transaction is open", () => open.length === 2);
  open[0]?.commit();
  await settle();
  // The stall is over: the second one goes on alone.
  open[1]?.commit();
  await settle();
  open[2]?.commit();
  await settle();
  assert.equal(
    open.map(({ jobs }) => jobs[0]),
    ["slow", "b", "c", "d"],
  );
  assert.is(open.length, 4);
});

test("jobs that need a locked row wait aside, also those that come later; the others go on", async () => {
  const locked = new Set(["x"]);
  const { open, submit } = queueByHand({
    meaningOf: () => "locked",
    findLocked: async (keys) => new Set(keys.filter((key) => locked.has(key))),
  });
  void submit("first");
  const answers = ["a", "x1", "b"].map((job) => submit(job));
  open[0]?.commit();
  await settle();
  assert.equal(open[1]?.jobs, ["a", "x1", "b"]);
  open[1]?.fail(new Error("waited in vain"));
  await until("the others go on", () => open.length === 3);
  const late = submit("x2");
  const other = submit("c");
  assert.equal(open[2]?.jobs, ["a", "b"]);
  open[2]?.commit();
  await settle();
  assert.equal(open[3]?.jobs, ["c"]);
  open[3]?.commit();
  assert.equal([await answers[0], await answers[2], await other], ["a!", "b!", "c!"]);
  locked.clear();
  await until("the row is found free", () => open.length === 5);
  assert.equal(open[4]?.jobs, ["x1", "x2"]);
  open[4]?.commit();
  assert.equal([await answers[1], await late], ["x1!", "x2!"]);
});

test("a row that always looks locked is tried all the same now and then, without others", async () => {
  const { open, submit } = queueByHand({
    meaningOf: () => "locked",
    findLocked: async (keys) => new Set(keys.filter((key) => key === "x")),
  });
  const stuck = submit("x");
  open[0]?.fail(new Error("waited in vain"));
  await until("a second transaction is open", () => open.length === 2);
  assert.equal(open[1]?.jobs, ["x"]);
  open[1]?.commit();
  assert.is(await stuck, "x!");
});

test("more than may wait for a locked row are refused, and told when to come back", async () => {
  const locked = new Set(["x"]);
  const { open, submit } = queueByHand({
    meaningOf: () => "locked",
    findLocked: async (keys) => new Set(keys.filter((key) => locked.has(key))),
    pollMs: 20,
  });
  void submit("x1");
  open[0]?.fail(new Error("waited in vain"));
  await settle();
  void submit("x2");
  assert.is(await submit("x3"), "TOO_BUSY");
  locked.clear();
  await until("those that waited go on", () => open.length === 2);
  assert.equal(open[1]?.jobs, ["x1", "x2"]);
});

test("who waits for a locked row and whose deadline passes is told so", async () => {
  const { open, submit } = queueByHand({
    meaningOf: () => "locked",
    findLocked: async (keys) => new Set(keys),
    pollMs: 20,
  });
  const late = submit("x", { deadline: Date.now() + 50 });
  open[0]?.fail(new Error("waited in vain"));
  assert.is(await late, "DEADLINE_EXCEEDED");
});

test("a lock that is none of the jobs' rows is their batch's error in the end", async () => {
  const { open, submit } = queueByHand({ meaningOf: () => "locked" });
  const unlucky = submit("a");
  for (let index = 0; index <= 10; index++) {
    await until("it is tried again", () => open.length > index);
    open[index]?.fail(new Error(`vain ${index}`));
  }
  assert.is(await unlucky, "Error: vain 10");
});

test.run();
