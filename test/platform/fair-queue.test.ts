/** The fair queue: nobody gets two turns while another waits for one, whoever comes when. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FairQueue } from "../../src/platform/async/fair-queue.ts";
import { fc } from "../support/seed.ts";

const lane = (network: string, address = "1") => ({ network, address: `${network}.${address}` });

function all(queue: FairQueue<string>): string[] {
  return Array.from({ length: queue.size }, () => queue.take() ?? "nobody");
}

test("networks take turns, however many wait from one, and within a network its addresses do", () => {
  const queue = new FairQueue<string>();
  for (const item of ["a1", "a2", "a3"]) queue.add(lane("a"), item);
  queue.add(lane("b"), "b1");
  queue.add(lane("a", "2"), "a4");
  queue.add(lane("b"), "b2");
  assert.equal(all(queue), ["a1", "b1", "a4", "b2", "a2", "a3"]);
  assert.equal([queue.size, queue.take()], [0, undefined]);
});

test("who had no turn for a round goes before those who had one, also before those who wait longer", () => {
  const queue = new FairQueue<string>();
  for (const network of ["a", "b", "c"])
    for (const number of [1, 2, 3]) queue.add(lane(network), `${network}${number}`);
  assert.equal([queue.take(), queue.take(), queue.take()], ["a1", "b1", "c1"]);
  queue.add(lane("d"), "d1");
  assert.is(queue.take(), "d1");
  // Its turn in this round is over, though nothing waits from it any more.
  queue.add(lane("d"), "d2");
  assert.equal(all(queue), ["a2", "b2", "c2", "d2", "a3", "b3", "c3"]);
});

test("the longest line gets shorter from its end; of lines alike, the one whose turn is later", () => {
  const queue = new FairQueue<string>();
  queue.add(lane("a"), "a1");
  for (const item of ["b1", "b2"]) queue.add(lane("b"), item);
  queue.add(lane("b", "2"), "b3");
  queue.add(lane("c"), "c1");
  assert.equal([queue.takeLast(), queue.takeLast(), queue.takeLast()], ["b2", "b3", "c1"]);
  assert.equal(all(queue), ["a1", "b1"]);
});

test("what was taken out does not come, and is no error when it is not there", () => {
  const queue = new FairQueue<string>();
  queue.add(lane("a"), "a1");
  queue.add(lane("a"), "a2");
  queue.remove(lane("a"), "a1");
  queue.remove(lane("a"), "a1");
  queue.remove(lane("b"), "b1");
  assert.equal(all(queue), ["a2"]);
});

interface Step {
  adds: boolean;
  network: string;
}

const steps = fc.array(fc.record({ adds: fc.boolean(), network: fc.constantFrom("a", "b", "c", "d", "e") }), {
  maxLength: 200,
});

test("nobody has two turns while another waits for one, whoever comes when", () => {
  fc.assert(fc.property(steps, (given) => overtaken(given, new FairQueue<Step>()) === undefined));
});

test("in the order of coming somebody has", () => {
  const waiting: Step[] = [];
  const inOrder = { add: (_lane: unknown, step: Step) => void waiting.push(step), take: () => waiting.shift() };
  assert.throws(() => fc.assert(fc.property(steps, (given) => overtaken(given, inOrder) === undefined)));
});

interface Queue {
  add(lane: { network: string; address: string }, item: Step): void;
  take(): Step | undefined;
}

/** Who waited while another had two turns; undefined when nobody did. */
function overtaken(given: Step[], queue: Queue): string | undefined {
  const waiting = new Map<string, number>();
  const turnsSince = new Map<string, Map<string, number>>();
  for (const step of given) {
    if (step.adds) {
      queue.add(lane(step.network), step);
      if ((waiting.get(step.network) ?? 0) === 0) turnsSince.set(step.network, new Map());
      waiting.set(step.network, (waiting.get(step.network) ?? 0) + 1);
      continue;
    }
    const served = queue.take()?.network;
    if (served === undefined) continue;
    waiting.set(served, (waiting.get(served) ?? 0) - 1);
    turnsSince.set(served, new Map());
    for (const [network, turns] of turnsSince) {
      if (network === served || (waiting.get(network) ?? 0) === 0) continue;
      turns.set(served, (turns.get(served) ?? 0) + 1);
      if ((turns.get(served) ?? 0) > 1) return network;
    }
  }
  return undefined;
}

test.run();
