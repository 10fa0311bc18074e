/** The words of what is done to many at once. */
export const bulkWords = {
  question: (act: string, count: number, many: string) => `${act}: ${count.toLocaleString("en")} ${many}?`,
  go: (act: string, count: number) => `${act} (${count.toLocaleString("en")})`,
  choose: "Choose…",
  running: "Progress",
  cancel: "Cancel",
  close: "Close",
  stop: "Stop",
  retry: (count: number) => `Retry the ${count.toLocaleString("en")} that failed`,
  progress: (done: number, all: number) => `${done.toLocaleString("en")} of ${all.toLocaleString("en")} done…`,
  done: (done: number, all: number) => `${done.toLocaleString("en")} of ${all.toLocaleString("en")} done.`,
  stopped: (count: number) => `${count.toLocaleString("en")} were not tried.`,
  skipped: (count: number) => `${count.toLocaleString("en")} stay as they are:`,
  failed: (count: number) => `${count.toLocaleString("en")} failed:`,
  more: (count: number) => `and ${count.toLocaleString("en")} more`,
  nothing: "None of them can be changed so.",
};
