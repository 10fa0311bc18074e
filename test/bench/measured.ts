/**
 * What is measured, in rounds: what is compared is measured by turns, and a ratio is that of two neighbours in time.
 *
 * A machine has good and bad minutes. The ratio of two medians may set the good minute of one against the bad one of
 * the other; the median of the rounds' ratios cannot.
 */

/** One round of one subject; CPU is for each call. What was not looked at is left out. */
export interface Measured {
  perSecond?: number;
  refusedPerSecond?: number;
  p50Us?: number;
  p95Us?: number;
  p99Us?: number;
  /** CPU of the API processes, or of the client where there is no API. */
  apiUs?: number;
  databaseUs?: number;
  /** CPU of the load generator. */
  generatorUs?: number;
  /** Resident memory of the API processes at the end. */
  mib?: number;
}

/** CPU without the load generator's is a figure too. */
export type Figure = keyof Measured | "cpuUs";

export interface Row {
  name: string;
  rounds: Measured[];
  /** The name of the row that this one is held against. */
  yardstick?: string;
}

export interface Subject {
  name: string;
  yardstick?: string;
  measure: () => Promise<Measured>;
}

export const RUNS = Number(process.env["BENCH_RUNS"] ?? 3);
export const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 5);

/** Measures all of them, one after the other, and again, RUNS times. */
export async function byTurns(subjects: Subject[]): Promise<Row[]> {
  const rows = subjects.map(({ name, yardstick }): Row => ({ name, yardstick, rounds: [] }));
  for (let round = 0; round < RUNS; round++) {
    for (const [index, { name, measure }] of subjects.entries()) {
      console.error(`  round ${round + 1} of ${RUNS}: ${name}`);
      rows[index]?.rounds.push(await measure());
    }
  }
  return rows;
}

/** The middle one; of two the larger. NaN of none. */
export function median(figures: number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;
}

/** @param share 0.5, 0.95, 0.99. @returns 0 where nothing was measured */
export function percentile(figures: number[], share: number): number {
  const sorted = Float64Array.from(figures).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

export function latencies(timesUs: number[]): Required<Pick<Measured, "p50Us" | "p95Us" | "p99Us">> {
  const at = (share: number) => Math.round(percentile(timesUs, share));
  return { p50Us: at(0.5), p95Us: at(0.95), p99Us: at(0.99) };
}

/** The median of the rounds; undefined where none has such a figure. */
export function figureOf(row: Row | undefined, figure: Figure): number | undefined {
  const figures = (row?.rounds ?? []).map((round) => valueOf(round, figure)).filter((value) => value !== undefined);
  return figures.length === 0 ? undefined : median(figures);
}

/** The median of the rounds' ratios; undefined where one of the two has no such figure. */
export function ratioOf(row: Row | undefined, yardstick: Row | undefined, figure: Figure): number | undefined {
  return besideOf(row, yardstick, figure, (own, least) => (least === 0 ? undefined : own / least));
}

/** The median of what the rounds have more than their yardstick; undefined where one of the two has no such figure. */
export function differenceOf(row: Row | undefined, yardstick: Row | undefined, figure: Figure): number | undefined {
  return besideOf(row, yardstick, figure, (own, least) => own - least);
}

function besideOf(
  row: Row | undefined,
  yardstick: Row | undefined,
  figure: Figure,
  compare: (own: number, least: number) => number | undefined,
): number | undefined {
  const compared = (row?.rounds ?? []).flatMap((round, index) => {
    const [own, least] = [valueOf(round, figure), valueOf(yardstick?.rounds[index] ?? {}, figure)];
    return own === undefined || least === undefined ? [] : (compare(own, least) ?? []);
  });
  return compared.length === 0 ? undefined : median(compared);
}

/** A round in which nothing was done has no figure for each call, and a report as JSON says null of it. */
function valueOf(round: Measured, figure: Figure): number | undefined {
  const value = figure === "cpuUs" ? (round.apiUs ?? Number.NaN) + (round.databaseUs ?? 0) : round[figure];
  return Number.isFinite(value) ? value : undefined;
}
