/** Names without the blanks around them: what nobody sees or meant, and what makes two names of one. Pure. */

/** White space of Unicode, no-break and thin blanks included, and signs of no width that are copied along with a text. */
const BLANKS = String.raw`[\s\u0085\u180E\u200B-\u200F\u2060\uFEFF]`;
const AROUND = new RegExp(`^${BLANKS}+|(?<!${BLANKS})${BLANKS}+$`, "gu");
/** Printable ASCII, no blank: what nearly every name begins and ends with. */
const PLAIN = /^[!-~](?:.*[!-~])?$/s;

/** "" for what is nothing but blanks. */
export function trimmed(text: string): string {
  return PLAIN.test(text) ? text : text.replaceAll(AROUND, "");
}
