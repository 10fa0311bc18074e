/**
 * A handler says who asks, what is asked and what goes back, and leaves the work to the domain: it has fewer than ten
 * lines.
 *
 * Method: the handlers are the methods of the objects in each domain's service.ts, found by how far in they stand, which
 * the formatter decides.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sourceFiles } from "./imports.ts";

const FEWER_THAN = 10;
const HANDLER = /^ {4}(?:async )?(?<name>\w+)(?:\(|: (?:async )?\()/;
const services = sourceFiles.filter((file) => /^domains\/\w+\/service\.ts$/.test(file));

interface Handler {
  name: string;
  lines: number;
}

function handlersOf(file: string): Handler[] {
  const lines = readFileSync(path.join(import.meta.dirname, "../../src", file), "utf8").split("\n");
  return lines.flatMap((line, index) => {
    const name = HANDLER.exec(line)?.groups?.["name"];
    if (name === undefined) return [];
    // One that ends on its first line, or where something stands as far out as it again.
    const length = line.endsWith(",") ? 1 : lines.slice(index + 1).findIndex((later) => /^ {0,4}\S/.test(later)) + 2;
    return [{ name: `${file} ${name}`, lines: length }];
  });
}

test("every domain's service was looked at", () => {
  assert.ok(services.length >= 8, String(services));
  for (const file of services) assert.ok(handlersOf(file).length > 0, file);
});

test(`every handler has fewer than ${FEWER_THAN} lines`, () => {
  const long = services.flatMap(handlersOf).filter(({ lines }) => lines >= FEWER_THAN);
  assert.equal(long, []);
});

test.run();
