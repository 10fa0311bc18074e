/**
 * What a mail may call somebody: only what looks like a name. Pure.
 *
 * Anybody may register with a stranger's address and any name, and the stranger then gets that name in the shop's own
 * mail: an advertisement or an address in it would be the shop's word. What looks otherwise is left out.
 */

/** Letters of any script with their marks, and what stands in names between them; also what joins letters or parts them. */
const NAME = /^\p{L}(?:[\p{L}\p{M}'’ʼ.· -]|\u200c|\u200d)*$/u;
const MAX_LENGTH = 40;
const MAX_WORDS = 4;
/** Mail programs make links of such words. */
const DOMAIN = /[\p{L}\p{N}]\.\p{L}{2,}|\bwww\b/iu;

/** The name on one line; "" when it does not look like one. */
export function nameToShow(text: string): string {
  const name = text.replace(/\s+/g, " ").trim();
  const isName = name.length <= MAX_LENGTH && name.split(" ").length <= MAX_WORDS && NAME.test(name);
  return isName && !DOMAIN.test(name) ? name : "";
}

/** The name to sign in with, whose characters are bounded already; "" when a mail program would make a link of it. */
export function usernameToShow(username: string): string {
  return DOMAIN.test(username) ? "" : username;
}
