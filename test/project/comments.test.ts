/** A comment that names a file leads there: moves and renames take comments along. */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

const ROOT = path.join(import.meta.dirname, "../..");
const COMMENT = /^\s*(?:\/\/|\/?\*).*$|\/\/ .*$/gm;
const FILE = /(?<![\w./-])[\w./-]+\.tsx?\b/g;

const files = globSync("{src,test,clients}/**/*.{ts,tsx}", {
  cwd: ROOT,
  exclude: (name) => name.includes("node_modules"),
});

/** A comment may leave out the folders in front of what it names. */
function isThere(named: string): boolean {
  return files.some((file) => `/${file}`.endsWith(`/${named.replace(/^(?:\.\.?\/)+/, "")}`));
}

test("every file of the source and the tests that a comment names is there", () => {
  const named = files.flatMap((file) => {
    const comments = readFileSync(path.join(ROOT, file), "utf8").match(COMMENT) ?? [];
    return comments.flatMap((comment) => (comment.match(FILE) ?? []).map((name) => ({ file, name })));
  });
  assert.ok(named.length > 50, `${named.length} names`);
  assert.equal(
    named.filter(({ name }) => !isThere(name)),
    [],
  );
});

test.run();
