/** The words of every form. */
export const formWords = {
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
