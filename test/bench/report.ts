/** How the benchmarks tell their figures. */

/** What was measured of calls; CPU is for each call. */
export interface Measured {
  perSecond: number;
  p50Us: number;
  p99Us: number;
  /** CPU of the API processes, or of the client where there is no API. */
  apiUs: number;
  databaseUs: number;
  /** CPU of the load generator. */
  generatorUs: number;
}

const BAR_WIDTH = 50;

export function median(figures: number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? 0;
}

/** Each figure's median. */
export function middle(runs: Measured[]): Measured {
  const of = (name: keyof Measured) => median(runs.map((run) => run[name]));
  return { perSecond: of("perSecond"), p50Us: of("p50Us"), p99Us: of("p99Us"), apiUs: of("apiUs"), databaseUs: of("databaseUs"), generatorUs: of("generatorUs") };
}

export function measuredTable(title: string, rows: [string, Measured][]): string {
  return table(
    [title, "per second", "p50 ms", "p99 ms", "API µs", "database µs", "both µs", "generator µs"],
    rows.map(([name, { perSecond, p50Us, p99Us, apiUs, databaseUs, generatorUs }]) => [
      name,
      perSecond.toFixed(0),
      (p50Us / 1000).toFixed(2),
      p99Us === 0 ? "" : (p99Us / 1000).toFixed(2),
      apiUs.toFixed(0),
      databaseUs.toFixed(0),
      (apiUs + databaseUs).toFixed(0),
      generatorUs === 0 ? "" : generatorUs.toFixed(0),
    ]),
  );
}

/** A Markdown table, columns aligned. */
export function table(head: string[], rows: string[][]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (cells: string[]) => `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

/** A plot of bars, for a terminal. */
export function plot(bars: [name: string, figure: number][]): string {
  const most = Math.max(...bars.map(([, figure]) => figure));
  const width = Math.max(...bars.map(([name]) => name.length));
  return bars.map(([name, figure]) => `${name.padStart(width)}  ${"█".repeat(Math.round((figure / most) * BAR_WIDTH))} ${figure.toFixed(0)}`).join("\n");
}
