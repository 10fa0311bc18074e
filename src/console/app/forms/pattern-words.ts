/** What a field's pattern allows, in words: a regular expression says nothing to people. */

/** By pattern; each that stands in a form has its words. */
const words: ReadonlyMap<string, string> = new Map([
  ["^[A-Za-z0-9_.-]{3,32}$", "3 to 32 letters without accents, digits, dots, hyphens and underscores"],
  ["^[A-Za-z0-9_-]{0,64}$", "at most 64 letters without accents, digits, hyphens and underscores"],
  ["^([0-9+(][0-9 ().x/-]{2,31})?$", "a telephone number, such as +1 555 0100"],
  ["^[0-9+(][0-9 ().x/-]{2,31}$", "a telephone number, such as +1 555 0100"],
  ["^https?://", "beginning with https:// or http://"],
]);

/** A pattern that only keeps control characters out says nothing to people. */
const ONLY_PRINTABLE = /^\^\[(\^|\\x21-\\x7E)/;

/** "" for a pattern that people need not know; undefined for one that nobody has put into words. */
export function patternWords(pattern: string): string | undefined {
  return pattern === "" || ONLY_PRINTABLE.test(pattern) ? "" : words.get(pattern);
}
