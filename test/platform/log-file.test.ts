/** Where LOG_FILE may lead: a file that can be written is found out at the start, and told in one line if not. */
import { copyFile, readFile, stat, truncate } from "node:fs/promises";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openCommandLog } from "../../src/platform/telemetry/log.ts";
import { StartupError } from "../../src/platform/errors/startup-error.ts";
import { read } from "../docs/markdown.ts";
import { thrown } from "../support/call.ts";
import { runCommand } from "../support/command.ts";

const dataDir = process.env["TEST_DATA_DIR"] ?? "";

test("a log file gets the folders that it lacks", async () => {
  const logFile = path.join(dataDir, "logs/of/today/bodega.log");
  (await openCommandLog({ logLevel: "info", logFile }, "test")).info("here");
  assert.match(await readFile(logFile, "utf8"), '"msg":"here"');
});

test("a log file is for its owner's eyes", async () => {
  const logFile = path.join(dataDir, "private/bodega.log");
  (await openCommandLog({ logLevel: "info", logFile }, "test")).info("here");
  assert.is((await stat(logFile)).mode & 0o777, 0o600);
});

test("a log file that is copied and truncated, as logrotate does it, goes on from its beginning", async () => {
  const logFile = path.join(dataDir, "rotated/bodega.log");
  const [one, another] = [
    await openCommandLog({ logLevel: "info", logFile }, "test"),
    await openCommandLog({ logLevel: "info", logFile }, "test"),
  ];
  for (const log of [one, another]) log.info("before");
  await copyFile(logFile, `${logFile}.1`);
  await truncate(logFile);
  for (const log of [one, another]) log.info("after");
  const messages = async (file: string) =>
    (await readFile(file, "utf8"))
      .trim()
      .split("\n")
      .map((line) => String(Reflect.get(JSON.parse(line), "msg")));
  assert.equal(
    [await messages(`${logFile}.1`), await messages(logFile)],
    [
      ["before", "before"],
      ["after", "after"],
    ],
  );
  assert.match(read("docs/operations.md"), /^ {4}copytruncate$/m);
});

for (const logFile of ["/proc/bodega/bodega.log", "/sys/bodega.log", "/dev/null/bodega.log", "/"]) {
  test(`a log in ${logFile}, where no file can be, is refused at once`, async () => {
    const problem = await thrown(openCommandLog({ logLevel: "info", logFile }, "test"));
    assert.instance(problem, StartupError);
    assert.match(String(problem), "Set LOG_FILE to a file that may be written.");
  });
}

test("a command whose log cannot be written says so in one line and ends", async () => {
  const { code, stderr } = await runCommand(["serve"], {
    environment: { LOG_FILE: "/proc/bodega/bodega.log", PORT: "0", GRPC_PORT: "0" },
  });
  assert.is(code, 1);
  assert.match(
    stderr,
    /^Cannot write to the log file \/proc\/bodega\/bodega\.log \(.*\)\. Set LOG_FILE to a file that may be written\.\n$/,
  );
});

test.run();
