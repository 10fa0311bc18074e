/** Chance that can be repeated: the same seed draws the same values. */

export interface SeededRandom {
  /** From 0 (inclusive) to `below` (exclusive), whole. */
  upTo(below: number): number;
  /** True this often, from 0 to 1. */
  happens(probability: number): boolean;
  pick<T>(list: readonly [T, ...T[]]): T;
  bytes(length: number): Buffer;
}

/** @param seed a whole number of 32 bits. mulberry32 by Tommy Ettinger (public domain). */
export function seededRandom(seed: number): SeededRandom {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
  const upTo = (below: number): number => Math.floor(next() * below);
  return {
    upTo,
    happens: (probability) => next() < probability,
    pick: (list) => list[upTo(list.length)] ?? list[0],
    bytes: (length) => Buffer.from(Array.from({ length }, () => upTo(256))),
  };
}
