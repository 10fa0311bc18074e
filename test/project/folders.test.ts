/** A folder says by its name what is in it, and holds no more than somebody takes in at a glance. */
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sourceFiles } from "./imports.ts";

const MOST_FILES = 15;
/** Of `src` itself, folders and files together. */
const MOST_ENTRIES = 16;

/** More than that, and why. */
const EXCEPTIONS = new Map([["migrations", "a migration is a file, and stays for ever"]]);

test("no folder of the source holds more files than somebody takes in at a glance", () => {
  const byFolder = Map.groupBy(sourceFiles, (file) => path.posix.dirname(file));
  const full = [...byFolder].filter(([, { length }]) => length > MOST_FILES).map(([folder]) => folder);
  assert.equal(full, [...EXCEPTIONS.keys()]);
  assert.ok(new Set(sourceFiles.map((file) => file.split("/")[0])).size <= MOST_ENTRIES);
});

test.run();
