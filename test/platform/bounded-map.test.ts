/** The bounded map: it holds the youngest, as many as it may, whatever is set and deleted in between. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { BoundedMap } from "../../src/platform/cache/bounded-map.ts";
import { fc } from "../support/seed.ts";

test("the oldest goes when one more comes than it may have", () => {
  const map = new BoundedMap<string, number>({ maxEntries: 2 });
  map.set("a", 1).set("b", 2).set("c", 3);
  assert.equal([...map.keys()], ["b", "c"]);
});

test("a key that is set again is the youngest, and nothing goes for it", () => {
  const map = new BoundedMap<string, number>({ maxEntries: 2 });
  map.set("a", 1).set("b", 2).set("a", 3);
  assert.equal([...map.keys()], ["b", "a"]);
  map.set("c", 4);
  assert.equal([...map.values()], [3, 4]);
});

test("as many of the oldest go as the bytes of a new one need, and it goes itself when it is too large", () => {
  const map = new BoundedMap<string, number>({ maxEntries: 9, maxBytes: 10, bytesOf: (bytes) => bytes });
  map.set("a", 4).set("b", 4).set("c", 2).set("d", 7);
  assert.equal([...map.keys()], ["c", "d"]);
  map.set("e", 11);
  assert.is(map.size, 0);
});

test("after any steps it holds what a list of the youngest holds", () => {
  const step = fc.record({ key: fc.nat(12), kind: fc.constantFrom("set", "set", "delete", "clear"), bytes: fc.nat(9) });
  const steps = fc.array(step, { maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.nat(30), steps, (maxEntries, maxBytes, all) => {
      const map = new BoundedMap<number, number>({ maxEntries, maxBytes, bytesOf: (bytes) => bytes });
      let list: [number, number][] = [];
      for (const { key, kind, bytes } of all) {
        list = kind === "clear" ? [] : list.filter(([one]) => one !== key);
        if (kind === "set") list.push([key, bytes]);
        while (list.length > maxEntries || sum(list) > maxBytes) list.shift();
        if (kind === "set") map.set(key, bytes);
        else if (kind === "delete") map.delete(key);
        else map.clear();
        assert.equal([...map], list);
      }
    }),
  );
});

function sum(list: [number, number][]): number {
  return list.reduce((total, [, bytes]) => total + bytes, 0);
}

test.run();
