/** The words of every form. */
export const formWords = {
  heading: (one: string) => `New ${one}`,
  create: (one: string) => `Create ${one}`,
  toAll: (many: string) => `All ${many}`,
  missing: (one: string) => `There is no such ${one}.`,
  overtaken: (one: string) => `Somebody else changed this ${one} meanwhile. Nothing of yours was done.`,
  reason: "Reason",
  field: "Field",
  storedNow: "Stored now",
  yours: "Yours",
  takeTheirs: "Take what is stored",
  saveMine: "Save mine over it",
  noneTicked: "none ticked: all of them",
  yes: "yes",
  no: "no",
  mustBeNumber: "must be a number",
  mustBeAmount: "must be an amount such as 1250.00 or 1,250.00",
  mustBeTime: "must be a date and a time",
  savedAs: (amount: string) => `will be saved as ${amount}`,
  zone: (name: string) => `time of ${name}`,
  choose: "Choose…",
  nothingFound: "Nothing is found.",
  kept: "What you typed here before is kept.",
  restore: "Restore it",
  discard: "Discard it",
  leave: "Leave without saving?",
  leaveText: "What you typed here is not saved.",
  leaveGo: "Leave",
  saving: "Saving…",
  saved: "Saved.",
  save: "Save",
};

const format = (count: number) => count.toLocaleString("en");

/** What a field may be, a sentence each; they stand one after the other. */
export const ruleWords = {
  required: "required",
  email: "an e-mail address",
  address: "a whole address, such as https://example.com/orders",
  length: (min: number, max: number) => `${format(min)} to ${format(max)} characters`,
  atMost: (max: number) => `at most ${format(max)} characters`,
  range: (min: number, max: number) => `from ${format(min)} to ${format(max)}`,
  above: (min: number, max: number) => `more than ${format(min)}, at most ${format(max)}`,
  /** In place of the words before an amount's most. */
  aboveNothing: "an amount above 0, at most ",
};
