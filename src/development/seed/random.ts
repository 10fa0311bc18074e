/**
 * Random numbers and ids for the seed, the same on every machine.
 *
 * Each thing draws from a generator of its own, found by what it is and which one it is, so that the thousandth
 * product can be made without the 999 before it.
 */

/** What a generator is for: two things of different kinds with one number draw different values. */
export const STREAM = {
  category: 1,
  product: 2,
  store: 3,
  account: 4,
  promotion: 5,
  receipt: 6,
  stock: 7,
  shelf: 8,
  wording: 9,
} as const;
export type Stream = (typeof STREAM)[keyof typeof STREAM];

/** When the first seeded thing was made. Everything a million products need lies before today. */
const OPENING_MS = Date.UTC(2025, 0, 6, 8);

/** Draws from 0 (inclusive) to 1 (exclusive). mulberry32 by Tommy Ettinger (public domain), its start well mixed. */
export function randomOf(stream: Stream, number: number): () => number {
  let state = mix(mix(stream * 0x9e3779b1) ^ number);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The 32-bit finaliser of MurmurHash3: neighbouring numbers come out far apart. */
function mix(number: number): number {
  let word = number | 0;
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return word ^ (word >>> 16);
}

/** The list's item of this number, beginning again after its end. */
export function pick<T>(list: readonly T[], number: number): T {
  const item = list[Math.floor(number) % list.length];
  if (item === undefined) throw new RangeError(`nothing at ${number} in a list of ${list.length}`);
  return item;
}

export interface Birth {
  id: string;
  createdAt: Date;
}

/** A 12-bit counter stands in each id behind its milliseconds (RFC 9562, 6.2, method 1). */
const IDS_PER_MS = 4_096;

/**
 * An id shaped as a UUIDv7, and the time in it: `afterMs` past the opening. Ids of one stream and time differ, and
 * rise with `sequence`.
 */
export function birth(stream: Stream, when: { afterMs: number; sequence?: number }): Birth {
  const { afterMs, sequence = 0 } = when;
  const createdAtMs = OPENING_MS + afterMs + Math.floor(sequence / IDS_PER_MS);
  const random = randomOf(stream, mix(afterMs) + sequence);
  const time = hex(createdAtMs, 12);
  const counter = hex(sequence % IDS_PER_MS, 3);
  const front = `${time.slice(0, 8)}-${time.slice(8)}`;
  const variant = hex(0x8000 + random() * 0x4000, 4);
  const tail = hex(random() * 2 ** 24, 6) + hex(random() * 2 ** 24, 6);
  return { id: `${front}-7${counter}-${variant}-${tail}`, createdAt: new Date(createdAtMs) };
}

function hex(number: number, digits: number): string {
  return Math.floor(number).toString(16).padStart(digits, "0");
}
