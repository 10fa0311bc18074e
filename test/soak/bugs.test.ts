/** What counts as a bug in the log of a command. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bugsIn } from "./bugs.ts";

const file = path.join(process.env["TEST_DATA_DIR"] ?? "", "api.log");

test("lines of level error are bugs; warnings, words of others and half a line are none", () => {
  const lines = [
    { level: 40, msg: "Redis is away" },
    { level: 50, msg: "call", rpc: "OrderService/PlaceOrder", err: { message: "boom" } },
    { level: 60, msg: "worse" },
    { level: 50, msg: "the restart was given up; those that were not reached yet go on as they are" },
  ];
  writeFileSync(
    file,
    ["(node:1) Warning: {}", ...lines.map((line) => JSON.stringify(line)), '{"level":50,"ms'].join("\n"),
  );
  assert.equal(bugsIn(file), ["api.log: call: OrderService/PlaceOrder: boom", "api.log: worse"]);
});

test.run();
