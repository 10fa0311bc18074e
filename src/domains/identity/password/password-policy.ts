/**
 * Which passwords are refused: too short or long, the account's own address or username, and what is guessed within a
 * hundred million tries.
 */
import { Failure } from "../../../platform/errors/failure.ts";
import { estimateStrength } from "./password-strength.ts";

/** NIST SP 800-63B asks for 8 at least; two more cost nobody anything. */
const MIN_LENGTH = 10;
const MAX_LENGTH = 128;
/** zxcvbn's "safely unguessable": 10^8 guesses take years where sign-ins are bounded. */
const LEAST_GUESSES_LOG10 = 8;
/** Fewer letters and digits beside names are a year, or what else people append. */
const LEAST_BESIDE_NAMES = 6;
/** A part of a name that is shorter says nothing. */
const SHORTEST_WORD = 3;

export interface Account {
  email: string;
  username: string;
  firstName: string;
  lastName: string;
}

/** Judges a password in about 5 ms of CPU: whoever asks waits for a turn (hash-queue.ts). @throws Failure WEAK_PASSWORD */
export type PasswordPolicy = (password: string, account: Account, field?: string) => Promise<void>;

/** @param shopWords what the shop is called, which everybody guesses first */
export function passwordPolicy(shopWords: readonly string[]): PasswordPolicy {
  return async (password, account, field = "password") => {
    const description = await weaknessOf(password, account, shopWords);
    if (description === undefined) return;
    throw new Failure("WEAK_PASSWORD", `${field}: ${description}.`, { violations: [{ field, description }] });
  };
}

/** The shop's own words: of its name and address in e-mails. @param mailFrom such as `Bodega <no-reply@bodega.example>` */
export function shopWordsOf(mailFrom: string): string[] {
  return wordsOf(mailFrom);
}

async function weaknessOf(
  password: string,
  { email, username, firstName, lastName }: Account,
  shopWords: readonly string[],
): Promise<string | undefined> {
  const { length } = Array.from(password);
  if (length < MIN_LENGTH || length > MAX_LENGTH) return `must have ${MIN_LENGTH} to ${MAX_LENGTH} characters`;
  const lower = password.toLowerCase();
  if (lower === email.toLowerCase() || lower === username.toLowerCase())
    return "must not be the e-mail address or the username";
  const own = [email, username, firstName, lastName].flatMap((text) => [text, ...wordsOf(text)]);
  const guessedFirst = [...own, ...shopWords];
  const isOfOwnWords = lettersBeside(lower, guessedFirst) < LEAST_BESIDE_NAMES;
  const { guessesLog10, usesOwnWords } = await estimateStrength(password, guessedFirst);
  if (guessesLog10 >= LEAST_GUESSES_LOG10 && !isOfOwnWords) return undefined;
  return usesOwnWords || isOfOwnWords
    ? "is made of a name that belongs to you or to the shop; take words that have nothing to do with either"
    : "is among the first that somebody would guess; take four words that do not belong together, or let a password manager make one";
}

/** How many letters and digits there are beside words that are guessed first. */
function lettersBeside(password: string, words: readonly string[]): number {
  const longestFirst = words.toSorted((one, other) => other.length - one.length);
  const rest = longestFirst.reduce(
    (left, word) => (word === "" ? left : left.replaceAll(word.toLowerCase(), "")),
    password,
  );
  return Array.from(rest.replace(/[^\p{L}\p{N}\p{S}]/gu, "")).length;
}

function wordsOf(text: string): string[] {
  return text.split(/[^\p{L}\p{N}]+/u).filter((word) => word.length >= SHORTEST_WORD);
}
