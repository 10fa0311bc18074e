/**
 * Group commit: who joins which batch, who is refused, and who is harmed by whom.
 *
 * Method: transactions that the test opens and closes by hand, so that each case is exact; what they do to a database
 * is tested with the orders.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Failure } from "../../src/platform/errors.ts";
import { GroupCommit, type GroupCommitOptions } from "../../src/platform/group-commit.ts";

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
    splits: () => true,
    maxBatch: 3,
    maxWaiting: 5,
    lanes: 1,
    stallMs: 10_000,
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
  assert.equal(open.map(({ jobs }) => jobs), [["a"]]);
  open[0]?.commit();
  await settle();
  assert.equal(open.map(({ jobs }) => jobs), [["a"], ["b", "c"]]);
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
  assert.equal(open.map(({ jobs }) => jobs), [["a"], ["b", "c", "d"], ["e"]]);
});

test("when the queue is full the next one is refused, and told when to come back", async () => {
  const { submit, open } = queueByHand();
  for (const job of ["a", "b", "c", "d", "e", "f"]) void submit(job);
  assert.is(await submit("g"), "TOO_BUSY");
  assert.is(open.length, 1);
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

test("a batch that fails is tried again one by one, so that a bad job harms itself alone", async () => {
  const { open, submit } = queueByHand();
  void submit("first");
  const answers = ["a", "bad", "c"].map((job) => submit(job));
  open[0]?.commit();
  await settle();
  open[1]?.fail(new Error("a bad one"));
  for (const index of [2, 3, 4]) {
    await settle();
    if (open[index]?.jobs[0] === "bad") open[index]?.fail(new Error("bad"));
    else open[index]?.commit();
  }
  assert.equal(await Promise.all(answers), ["a!", "Error: bad", "c!"]);
  assert.equal(open.slice(2).map(({ jobs }) => jobs), [["a"], ["bad"], ["c"]]);
});

test("an error that says something of the database is everybody's, and nothing is tried again", async () => {
  const { open, submit } = queueByHand({ splits: () => false });
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
  assert.equal(open.map(({ jobs }) => jobs), [["slow"]]);
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(open.map(({ jobs }) => jobs), [["slow"], ["next"]]);
  open[1]?.commit();
  assert.is(await next, "next!");
  open[0]?.commit();
  assert.is(await slow, "slow!");
});

test.run();
