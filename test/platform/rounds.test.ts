/** Work that comes round waits as long as it asks for, is woken, and ends after the round that is under way. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Round, type Rounds, startRounds } from "../../src/platform/async/rounds.ts";

/** Longer than any test may take: who waits for it, waits for ever. */
const FOR_EVER_MS = 3_600_000;

/** Rounds that the test ends one by one. */
function stage(options?: Parameters<typeof startRounds>[1]) {
  const begun: Round[] = [];
  let began = Promise.withResolvers<void>();
  let end = Promise.withResolvers<number>();
  const rounds: Rounds = startRounds((round) => {
    begun.push(round);
    began.resolve();
    return end.promise;
  }, options);
  return {
    rounds,
    begun,
    /** Resolves when a round is under way. */
    async next(): Promise<void> {
      await began.promise;
      began = Promise.withResolvers();
    },
    /** Ends the round that is under way. */
    end(pauseMs: number): void {
      const ended = end;
      end = Promise.withResolvers();
      ended.resolve(pauseMs);
    },
  };
}

test("the first round begins at once, or after its pause", async () => {
  const atOnce = stage();
  assert.is(atOnce.begun.length, 1);
  const later = stage({ firstAfterMs: 1 });
  assert.is(later.begun.length, 0);
  await later.next();
  for (const { rounds, end } of [atOnce, later]) {
    end(0);
    await rounds.stop();
  }
});

test("a wake-up ends the pause, and the round that it brings knows", async () => {
  const { rounds, begun, next, end } = stage();
  await next();
  end(FOR_EVER_MS);
  await Promise.resolve();
  rounds.wake();
  await next();
  end(0);
  await next();
  assert.equal(
    begun.map(({ isWoken }) => isWoken),
    [false, true, false],
  );
  end(0);
  await rounds.stop();
});

test("a wake-up during a round leaves out the pause behind it", async () => {
  const { rounds, begun, next, end } = stage();
  await next();
  rounds.wake();
  end(FOR_EVER_MS);
  await next();
  assert.is(begun[1]?.isWoken, true);
  end(FOR_EVER_MS);
  await rounds.stop();
});

test("wake-ups that come within the shortest pause are one", async () => {
  const { rounds, begun, next, end } = stage({ minPauseMs: 30 });
  await next();
  end(FOR_EVER_MS);
  for (let count = 0; count < 5; count++) rounds.wake();
  await next();
  end(FOR_EVER_MS);
  await rounds.stop();
  assert.is(begun.length, 2);
});

test("stopping waits for the round under way, tells it, ends the pause and begins no other", async () => {
  const { rounds, begun, next, end } = stage();
  await next();
  let stopped = false;
  const stopping = rounds.stop().then(() => (stopped = true));
  await new Promise(setImmediate);
  assert.is(stopped, false, "while a round is under way");
  assert.is(begun[0]?.signal.aborted, true);
  end(FOR_EVER_MS);
  await stopping;
  rounds.wake();
  await new Promise(setImmediate);
  assert.is(begun.length, 1);
});

test.run();
