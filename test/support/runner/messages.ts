/** What the process of a test file tells the runner. */
export type FileNews =
  /** What it is about to do: a test's name, or a hook. Asked for when it does not come back. */
  { kind: "doing"; what: string } | { kind: "done"; outcome: FileOutcome };

export interface FileOutcome {
  passed: number;
  /** Tests that threw, and tests that were registered and never ran. */
  failed: number;
  /** What is wrong with the file beyond its tests, ready to print. */
  problems: string[];
  /** uvu's report of the failed tests: names, differences, stacks. */
  report: string;
}

/** Between two processes of ours, made from the same sources: the kind tells the rest. */
export function isFileNews(message: unknown): message is FileNews {
  return typeof message === "object" && message !== null && "kind" in message;
}

/** Marks every process that a test file starts, and those that they start in turn. */
export const MARK_VARIABLE = "BODEGA_TEST_MARK";
