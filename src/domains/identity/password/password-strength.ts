/**
 * How many tries a password withstands, by zxcvbn-ts: words, names, dates, walks over the keyboard and the commonest
 * passwords, also with digits for letters.
 *
 * Its dictionaries take 21 MB and a fifth of a second, so a process loads them with the first password that it judges.
 * The longest password took it a second: it looks at 40 characters and four replaced letters, which took 13 ms at most
 * and 7 on average for a sentence. Of the dictionaries the family names and Wikipedia's words are left out: they take 10
 * MB more, and the account's own names are judged by themselves.
 */
import type { ZxcvbnFactory } from "@zxcvbn-ts/core";

/** What is behind is not looked at; what is before is enough to be good. */
const MAX_LENGTH = 40;
const MAX_REPLACED = 4;

export interface Strength {
  guessesLog10: number;
  /** Whether it holds one of the words that were given. */
  usesOwnWords: boolean;
}

let loading: Promise<ZxcvbnFactory> | undefined;

/** @param ownWords what is guessed first about this account */
export async function estimateStrength(password: string, ownWords: string[]): Promise<Strength> {
  loading ??= loadEstimator();
  const { guessesLog10, sequence } = (await loading).check(password.normalize("NFKC"), ownWords);
  return { guessesLog10, usesOwnWords: sequence.some((match) => match["dictionaryName"] === "userInputs") };
}

async function loadEstimator(): Promise<ZxcvbnFactory> {
  const [{ ZxcvbnFactory }, common, english] = await Promise.all([
    import("@zxcvbn-ts/core"),
    import("@zxcvbn-ts/language-common"),
    import("@zxcvbn-ts/language-en"),
  ]);
  const { "lastnames-en": _names, "wikipedia-en": _wikipedia, ...words } = english.dictionary;
  const { "diceware-common": _diceware, ...passwords } = common.dictionary;
  return new ZxcvbnFactory({
    graphs: common.adjacencyGraphs,
    dictionary: { ...passwords, ...words },
    maxLength: MAX_LENGTH,
    l33tMaxSubstitutions: MAX_REPLACED,
  });
}
