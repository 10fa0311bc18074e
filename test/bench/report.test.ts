/** The report tells what was measured: medians, ratios of neighbours, aims held and missed, plots that are well-formed. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { turnsOf } from "./load.ts";
import { byTurns, differenceOf, figureOf, latencies, median, percentile, ratioOf, type Row, RUNS } from "./measured.ts";
import { ceiling, svgOf } from "./plot.ts";
import { aimsTable, isHeld, merged, type Part, reportText, rowsTable, type Section } from "./report.ts";

const machine = {
  model: "A CPU",
  cores: 2,
  memoryGib: 4,
  system: "Linux 6, x86_64",
  node: "24.21.0",
  postgres: "18.4",
  redis: "8.0",
};

const part = (name: string, sections: Section[] = []): Part => ({
  name,
  date: "2026-11-21 14:00",
  commit: "abc",
  seconds: 5,
  runs: 3,
  load: 0.1,
  tookSeconds: 60,
  sections,
});

/** One round a figure. */
const row = (name: string, apiUs: number[]): Row => ({
  name,
  rounds: apiUs.map((us) => ({ apiUs: us, perSecond: 1_000 / us })),
});

test("subjects are measured by turns, so that a yardstick stands beside what it measures in each round", async () => {
  const order: string[] = [];
  const subject = (name: string) => ({ name, measure: async () => ({ perSecond: order.push(name) }) });
  const rows = await byTurns([subject("yardstick"), subject("ours")]);
  assert.equal(order, Array.from({ length: RUNS }, () => ["yardstick", "ours"]).flat());
  assert.equal(
    rows.map(({ rounds }) => rounds.length),
    [RUNS, RUNS],
  );
});

test("a ratio is the median of the rounds' own, whatever one bad minute did to both", () => {
  const [ours, least] = [row("ours", [20, 300, 24]), row("least", [10, 150, 10])];
  assert.is(ratioOf(ours, least, "apiUs"), 2);
  assert.is(differenceOf(ours, least, "apiUs"), 14);
  assert.is(figureOf(ours, "apiUs"), 24);
});

test("what was not measured has no figure and no ratio, and its aim is neither held nor missed", () => {
  assert.is(ratioOf(row("ours", [1]), undefined, "apiUs"), undefined);
  assert.is(ratioOf(row("ours", [1]), row("nothing", [0]), "apiUs"), undefined);
  assert.is(figureOf(row("ours", [1]), "p50Us"), undefined);
  assert.is(isHeld({ what: "", figure: undefined, atMost: 1 }), undefined);
});

test("a round in which nothing was done counts for nothing, in the report as JSON too", () => {
  const idle: Row = { name: "idle", rounds: [{ apiUs: Infinity, p99Us: Number.NaN }, { apiUs: 4, databaseUs: 1 }, {}] };
  for (const least of [idle, JSON.parse(JSON.stringify(idle))]) {
    assert.is(figureOf(least, "cpuUs"), 5);
    assert.is(figureOf(least, "p99Us"), undefined);
    assert.is(ratioOf(row("ours", [1, 10, 100]), least, "cpuUs"), 2);
  }
});

test("CPU without a database is that of the API", () => {
  assert.is(figureOf({ name: "", rounds: [{ apiUs: 3 }] }, "cpuUs"), 3);
  assert.is(figureOf({ name: "", rounds: [{ apiUs: 3, databaseUs: 4 }] }, "cpuUs"), 7);
});

test("percentiles are those of what was measured", () => {
  const times = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.equal(latencies(times), { p50Us: 51, p95Us: 96, p99Us: 100 });
  assert.is(percentile([7], 0.99), 7);
  assert.is(percentile([], 0.5), 0);
  assert.is(median([3, 1, 2]), 2);
});

test("the calls of a turn come in their proportion, each kind's bodies one after the other", () => {
  const next = turnsOf(
    [
      { path: "/a", bodies: ["1", "2"] },
      { path: "/b", times: 2, bodies: ["x", "y", "z"] },
    ],
    ({ path }, body) => path + body,
  );
  assert.equal(Array.from({ length: 7 }, next), ["/a1", "/bx", "/by", "/a2", "/bz", "/bx", "/a1"]);
});

test("a table leaves out the columns that no row has a figure for", () => {
  const text = rowsTable("calls", [row("least", [10]), { ...row("ours", [20]), yardstick: "least" }]);
  assert.equal(
    text
      .split("\n")[0]
      ?.split("|")
      .map((cell) => cell.trim()),
    ["", "calls", "per second", "API µs", "× rate", "× CPU", "yardstick", ""],
  );
  assert.match(text, /\| ours +\| +50 \| +20 \| +0\.50 \| +2\.00 \| +least \|/);
});

test("an aim says its bound, and whether it was held", () => {
  const text = aimsTable([
    { what: "small", figure: 0.4, atMost: 0.5 },
    { what: "slow", figure: 61.23, atMost: 50, unit: "ms" },
    { what: "fast", figure: 2, atLeast: 2 },
    { what: "unknown", figure: undefined, atLeast: 1 },
  ]);
  const cells = text
    .split("\n")
    .slice(2)
    .map((line) =>
      line
        .split("|")
        .map((cell) => cell.trim())
        .slice(1, -1),
    );
  assert.equal(cells, [
    ["small", "0.40", "≤ 0.50", "yes"],
    ["slow", "61.2 ms", "≤ 50 ms", "**no**"],
    ["fast", "2.00", "≥ 2.00", "yes"],
    ["unknown", "not measured", "≥ 1.00", ""],
  ]);
});

test("a run takes the place of its own part of the report, and of a report of another machine nothing is kept", () => {
  const names = ["calls", "orders"];
  const before = { machine, parts: [part("orders"), part("gone")] };
  const after = { machine, parts: [part("calls")] };
  assert.equal(
    merged(before, after, names).parts.map(({ name }) => name),
    ["calls", "orders"],
  );
  assert.equal(
    merged({ ...before, machine: { ...machine, node: "26.0.0" } }, after, names).parts.map(({ name }) => name),
    ["calls"],
  );
  assert.equal(merged(undefined, after, names), after);
});

test("the report has machine, versions, date, every section with its aims, and its plots", () => {
  const section: Section = {
    id: "calls",
    title: "Calls",
    method: "Many.",
    rows: [row("ours", [20])],
    aims: [{ what: "small", figure: 1, atMost: 2 }],
    sizing: [{ what: "orders", figure: "7" }],
    plot: { title: "CPU", bars: [] },
  };
  const text = reportText({ machine, parts: [part("calls", [section])] });
  for (const said of [
    "A CPU, 2 cores",
    "24.21.0",
    "18.4",
    "2026-11-21 14:00",
    "abc",
    "## Calls",
    "| small",
    "| orders",
    "![CPU](calls.svg)",
  ])
    assert.ok(text.includes(said), said);
});

test("a plot is well-formed, escapes what it is told, and has colours for light and dark", () => {
  const bars = svgOf({
    title: "a < b & c",
    bars: [
      { name: "ours", figure: 3 },
      { name: "none", figure: 0, isYardstick: true },
    ],
  });
  assert.match(bars, /a &lt; b &amp; c/);
  assert.match(bars, /prefers-color-scheme: dark/);
  const lines = svgOf({
    title: "growth",
    lines: { at: [1, 2, 4], label: "callers", lines: [{ name: "orders", figures: [100, 150, 390] }] },
  });
  assert.match(lines, /<polyline class="line c0" points="70\.0,[\d.]+ [\d.]+,[\d.]+ 820\.0,[\d.]+"/);
  for (const svg of [bars, lines]) {
    assert.not.match(svg, /NaN|undefined|Infinity/);
    assert.is(svg.match(/<(?:text|title|svg|style)\b/g)?.length, svg.match(/<\/(?:text|title|svg|style)>/g)?.length);
  }
});

test("an axis ends at a number whose quarters are easy to read", () => {
  assert.equal([0.7, 1, 390, 4072, 85_000].map(ceiling), [0.8, 1, 400, 5_000, 100_000]);
});

test.run();
