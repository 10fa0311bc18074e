/** The report of the benchmarks: what each of them tells, and all of it as Markdown. */
import { type Figure, figureOf, ratioOf, type Row } from "./measured.ts";
import type { Machine } from "./machine.ts";
import type { Plot } from "./plot.ts";

/** One table of one benchmark, with what follows from it. */
export interface Section {
  /** Unique in the report: the mark in docs/figures.md, and the name of the plot. */
  id: string;
  title: string;
  /** What was done and counted, for whoever reads the table alone. */
  method: string;
  rows?: Row[];
  /** What fits in no row of the usual form. */
  table?: { head: string[]; rows: string[][] };
  aims?: Aim[];
  sizing?: Fact[];
  plot?: Plot;
}

/** A figure to hold. */
export interface Aim {
  what: string;
  /** undefined: it could not be measured here. */
  figure: number | undefined;
  atMost?: number;
  atLeast?: number;
  /** None for a ratio. */
  unit?: string;
}

/** What an operator counts with. */
export interface Fact {
  what: string;
  figure: string;
}

/** What one run of one benchmark told, and when. */
export interface Part {
  name: string;
  date: string;
  /** Git commit of the product, marked where files differ from it. */
  commit: string;
  seconds: number;
  runs: number;
  /** What else the machine had to do when it began: processes that ran or waited, over the last minute. */
  load: number;
  /** The whole of it, with its servers' start and their filling. */
  tookSeconds: number;
  sections: Section[];
}

export interface Report {
  machine: Machine;
  parts: Part[];
}

/** The later one's parts in place of the earlier one's, in the order of `names`; of another machine nothing is kept. */
export function merged(before: Report | undefined, after: Report, names: string[]): Report {
  const same = JSON.stringify(before?.machine) === JSON.stringify(after.machine);
  const kept = (same ? before?.parts : undefined) ?? [];
  const parts = names.flatMap(
    (name) =>
      [after.parts, kept].map((list) => list.find((part) => part.name === name)).find((part) => part !== undefined) ??
      [],
  );
  return { machine: after.machine, parts };
}

interface Column {
  head: string;
  cell: (row: Row, yardstick: Row | undefined) => number | undefined;
  digits: number;
}

/** CPU and times are what a call takes; × is how many times the yardstick's. */
const COLUMNS: Column[] = [
  { head: "per second", cell: only("perSecond"), digits: 0 },
  { head: "refused per second", cell: only("refusedPerSecond"), digits: 0 },
  { head: "p50 ms", cell: only("p50Us", 1_000), digits: 2 },
  { head: "p95 ms", cell: only("p95Us", 1_000), digits: 2 },
  { head: "p99 ms", cell: only("p99Us", 1_000), digits: 2 },
  { head: "API µs", cell: only("apiUs"), digits: 0 },
  { head: "database µs", cell: only("databaseUs"), digits: 0 },
  { head: "generator µs", cell: only("generatorUs"), digits: 0 },
  { head: "API MiB", cell: only("mib"), digits: 0 },
  { head: "× rate", cell: (row, yardstick) => ratioOf(row, yardstick, "perSecond"), digits: 2 },
  { head: "× CPU", cell: (row, yardstick) => ratioOf(row, yardstick, "cpuUs"), digits: 2 },
  { head: "× p50", cell: (row, yardstick) => ratioOf(row, yardstick, "p50Us"), digits: 2 },
];

/** Columns that no row has a figure for are left out. */
export function rowsTable(title: string, rows: Row[]): string {
  const byName = new Map(rows.map((row) => [row.name, row]));
  const hasYardsticks = rows.some(({ yardstick }) => yardstick !== undefined);
  const cells = rows.map((row) =>
    COLUMNS.map(({ cell, digits }) => cell(row, byName.get(row.yardstick ?? ""))?.toFixed(digits) ?? ""),
  );
  const shown = COLUMNS.flatMap((_, index) => (cells.some((row) => row[index] !== "") ? [index] : []));
  const head = [title, ...shown.map((index) => COLUMNS[index]?.head ?? ""), ...(hasYardsticks ? ["yardstick"] : [])];
  return table(
    head,
    rows.map((row, at) => [
      row.name,
      ...shown.map((index) => cells[at]?.[index] ?? ""),
      ...(hasYardsticks ? [row.yardstick ?? ""] : []),
    ]),
  );
}

function only(figure: Figure, unit = 1): Column["cell"] {
  return (row) => {
    const value = figureOf(row, figure);
    return value === undefined ? undefined : value / unit;
  };
}

export function aimsTable(aims: Aim[]): string {
  return table(
    ["What", "Figure", "Aim", "Held"],
    aims.map((aim) => [
      aim.what,
      aim.figure === undefined ? "not measured" : told(aim.figure, aim.unit),
      boundOf(aim),
      heldBy(aim),
    ]),
  );
}

/** @returns undefined for what was not measured */
export function isHeld({
  figure,
  atMost = Number.POSITIVE_INFINITY,
  atLeast = Number.NEGATIVE_INFINITY,
}: Aim): boolean | undefined {
  return figure === undefined ? undefined : figure <= atMost && figure >= atLeast;
}

function heldBy(aim: Aim): string {
  const held = isHeld(aim);
  return held === undefined ? "" : held ? "yes" : "**no**";
}

function boundOf({ atMost, atLeast, unit }: Aim): string {
  const bounds = [
    atLeast === undefined ? [] : [`≥ ${told(atLeast, unit)}`],
    atMost === undefined ? [] : [`≤ ${told(atMost, unit)}`],
  ];
  return bounds.flat().join(", ");
}

/** Two digits of a ratio; of what has a unit three that count. */
function told(figure: number, unit: string | undefined): string {
  return unit === undefined ? figure.toFixed(2) : `${Number(figure.toPrecision(3))} ${unit}`;
}

export function sizingTable(facts: Fact[]): string {
  return table(
    ["For sizing", "Figure"],
    facts.map(({ what, figure }) => [what, figure]),
  );
}

/** A section's tables, without its heading: what the terminal, the report and docs/figures.md show alike. */
export function sectionText({ rows, table: more, method }: Section, title = ""): string {
  return [
    wrapped(method),
    ...(rows === undefined ? [] : [rowsTable(title, rows)]),
    ...(more === undefined ? [] : [table(more.head, more.rows)]),
  ].join("\n\n");
}

export function machineTable({ model, cores, memoryGib, system, node, postgres, redis }: Machine): string {
  const rows = [
    ["CPU", `${model}, ${cores} cores`],
    ["memory", `${memoryGib} GiB`],
    ["system", system],
    ["Node", node],
    ["PostgreSQL", postgres],
    ["Redis", redis],
  ];
  return table(["Machine", ""], rows);
}

export function partsTable(parts: Part[]): string {
  return table(
    ["Benchmark", "date", "commit", "seconds a round", "rounds", "minutes", "load before"],
    parts.map(({ name, date, commit, seconds, runs, tookSeconds, load }) => [
      name,
      date,
      commit,
      String(seconds),
      String(runs),
      (tookSeconds / 60).toFixed(1),
      load.toFixed(1),
    ]),
  );
}

const HEAD = `# Benchmarks

Medians of the rounds; × is how many times the yardstick's a figure is, as the median of the rounds' own
ratios, each with the yardstick of the same round. CPU is for each call: "API" is that of the API processes, and of the
client where there is no API. "Load before" is how many processes of others ran or waited when a benchmark began: above
0.5 its figures tell of them too.`;

/** REPORT.md; its plots are files beside it. */
export function reportText({ machine, parts }: Report): string {
  const sections = parts.flatMap((part) => part.sections);
  const { aims, sizing } = gathered(parts);
  return [
    HEAD,
    machineTable(machine),
    partsTable(parts),
    ...(aims.length === 0 ? [] : ["## Figures to hold", aimsTable(aims)]),
    ...(sizing.length === 0 ? [] : ["## For sizing", sizingTable(sizing)]),
    ...sections.flatMap((section) => [
      `## ${section.title}`,
      sectionText(section),
      ...(section.plot === undefined ? [] : [`![${section.plot.title}](${section.id}.svg)`]),
    ]),
    "",
  ]
    .join("\n\n")
    .replace(/\n+$/, "\n");
}

export function gathered(parts: Part[]): { aims: Aim[]; sizing: Fact[] } {
  const sections = parts.flatMap((part) => part.sections);
  return { aims: sections.flatMap(({ aims = [] }) => aims), sizing: sections.flatMap(({ sizing = [] }) => sizing) };
}

/** A Markdown table, columns aligned. */
export function table(head: string[], rows: string[][]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => row[column]?.length ?? 0)));
  const line = (cells: string[]) =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

const LINE = 120;

function wrapped(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < LINE) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join("\n");
}
