/** docs/figures.md is written from a report, and its words are left alone. */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { marksOf, withFigures } from "./figures-page.ts";
import type { Part } from "./report.ts";

const machine = {
  model: "A CPU",
  cores: 2,
  memoryGib: 4,
  system: "Linux 6, x86_64",
  node: "24.21.0",
  postgres: "18.4",
  redis: "8.0",
};
const page = readFileSync(path.join(import.meta.dirname, "../../docs/figures.md"), "utf8");
const calls: Part = {
  name: "calls",
  date: "2026-11-21 14:00",
  commit: "abc",
  seconds: 5,
  runs: 3,
  load: 0.1,
  tookSeconds: 60,
  sections: [{ id: "calls", title: "Calls", method: "Many.", rows: [{ name: "ours", rounds: [{ apiUs: 20 }] }] }],
};

test("the page's tables come from the report, its words stay, and so does a table that the report has nothing for", () => {
  const small =
    "Words.\n\n<!-- figures: calls -->\nold\n<!-- end -->\n\nMore.\n\n<!-- figures: gone -->\nkept\n<!-- end -->\n";
  const report = { machine, parts: [calls] };
  const { text, missing } = withFigures(small, report);
  assert.match(
    text,
    /^Words\.\n\n<!-- figures: calls -->\nMany\.\n\n\|[^]*\| ours [^]*\|\n<!-- end -->\n\nMore\.\n\n<!-- figures: gone -->\nkept\n<!-- end -->\n$/,
  );
  assert.equal(missing, ["gone"]);
  assert.is(withFigures(text, report).text, text);
});

test("every table that a benchmark tells has its place in docs/figures.md, and no other has one", () => {
  const texts = globSync("*.ts", { cwd: import.meta.dirname })
    .filter((name) => !name.endsWith(".test.ts"))
    .map((name) => readFileSync(path.join(import.meta.dirname, name), "utf8"));
  const told = texts.flatMap((text) => [...text.matchAll(/^ +id: ["`]([\w-]+)(\$\{protocol\})?["`],$/gm)]);
  const ids = told.flatMap(([, id = "", each]) => (each === undefined ? [id] : [`${id}json`, `${id}grpc`]));
  assert.equal([...marksOf(page)].sort(), [...ids, "aims", "machine", "sizing"].sort());
});

test("each mark of docs/figures.md stands there once, and none is left open", () => {
  const marks = marksOf(page);
  assert.ok(marks.length > 0);
  assert.equal([...new Set(marks)], marks);
  assert.is(page.match(/<!-- (?:figures: |end)/g)?.length, marks.length * 2);
});

test.run();
