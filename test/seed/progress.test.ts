/** The progress of the seed, on a terminal and in a file. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { progressBar } from "../../src/development/seed/progress.ts";

test("a terminal shows one line that is redrawn, and that ends with the last product", () => {
  const { output, written } = recorder(true);
  const show = progressBar("Seeding", output);
  show(600, 1_200);
  show(1_200, 1_200);
  assert.equal(written(), [
    `\r\u001b[2KSeeding ${"█".repeat(15)}${"░".repeat(15)} 600 of 1,200`,
    `\r\u001b[2KSeeding ${"█".repeat(30)} 1,200 of 1,200\n`,
  ]);
});

test("a file gets a line for each quarter, however often it is told", () => {
  const { output, written } = recorder(false);
  const show = progressBar("Seeding", output);
  for (let done = 10; done <= 1_000; done += 10) show(done, 1_000);
  assert.equal(
    written(),
    [25, 50, 75, 100].map((percent) => `Seeding: ${percent} % of 1,000\n`),
  );
});

function recorder(isTTY: boolean) {
  const texts: string[] = [];
  return { output: { isTTY, write: (text: string) => texts.push(text) }, written: () => texts };
}

test.run();
