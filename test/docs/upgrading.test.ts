/** What we reach into libraries for: the page has each place, with the version that is installed and a test that watches it. */
import { existsSync, globSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { read, ROOT, tableOf } from "./markdown.ts";

const PAGE = "docs/upgrading.md";
const rows = tableOf(read(PAGE), "Library");

function quoted(cell = ""): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text);
}

test("every version on the page is the one that is installed", () => {
  const { dependencies, optionalDependencies } = JSON.parse(read("package.json"));
  const installed: Record<string, string> = { ...dependencies, ...optionalDependencies };
  for (const [library = "", version] of rows)
    for (const name of quoted(library)) assert.is(version, installed[name], name);
});

test("every place and every test on the page exists", () => {
  assert.ok(rows.length > 10);
  for (const [, , , places, tests] of rows) {
    const files = [...quoted(places), ...quoted(tests)];
    assert.ok(files.length >= 2, String(files));
    for (const file of files) assert.ok(existsSync(path.join(ROOT, file)), file);
  }
});

test("the places on the page are those whose comments lead to it", () => {
  const leading = globSync("src/**/*.ts", { cwd: ROOT }).filter((file) => read(file).includes(PAGE));
  assert.equal(new Set(leading.sort()), new Set(rows.flatMap(([, , , places]) => quoted(places)).sort()));
});

test.run();
