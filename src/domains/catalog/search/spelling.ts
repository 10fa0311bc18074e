/**
 * Which words a mistyped word may mean: pure, from the similar words that the lexicon gave.
 *
 * Trigrams find what looks alike, edits say what a slip of the pen is: one edit in a short word, two in a long one,
 * two letters swapped counting as one (the optimal string alignment distance).
 */

/** Under four letters everything is close to everything. */
const LEAST_LENGTH = 4;
/** From this length on two slips are forgiven. */
const LONG = 6;
/** As many as one word may stand for: a search by more would find more than was meant. */
const MAX_MEANINGS = 3;
/** A query of so many words is a sentence; only its first ones are looked at. */
const MAX_WORDS = 8;
/** Letters and digits: a query that has operators means what it says. */
const PLAIN = /^[\p{L}\p{N}\s]+$/u;

/** The query's words, or none when it is not a plain list of words. */
export function plainWords(typed: string): string[] {
  if (!PLAIN.test(typed)) return [];
  return typed
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== "")
    .slice(0, MAX_WORDS);
}

export interface KnownWord {
  word: string;
  /** Words with one stem are found by each other, so one of them is enough. */
  stem: string;
}

/** @param similar words that look alike, the most alike first */
export function meanings(mistyped: string, similar: readonly KnownWord[]): string[] {
  if (mistyped.length < LEAST_LENGTH) return [];
  const bound = mistyped.length < LONG ? 1 : 2;
  const near = similar
    .map((known) => ({ ...known, edits: edits(mistyped, known.word) }))
    .filter(({ edits: count }) => count <= bound);
  // The sort is stable: among equals the most alike stays first.
  const byStem = Map.groupBy(
    near.toSorted((a, b) => a.edits - b.edits),
    ({ stem }) => stem,
  );
  return [...byStem.values()].flatMap(([first]) => first?.word ?? []).slice(0, MAX_MEANINGS);
}

/** Insertions, deletions, substitutions and swaps of neighbours that make `b` of `a`. */
export function edits(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(before, j - 2) + 1 : Infinity;
      row.push(Math.min(substituted, swapped, at(last, j) + 1, at(row, j - 1) + 1));
    }
    before = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
