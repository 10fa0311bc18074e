/**
 * `npm start` as a person meets it: an empty folder, one command, the commands that it prints, Ctrl-C, and again.
 *
 * Method: npm in a process group of its own, as a terminal would have it, and SIGINT to the whole group. Each printed
 * command goes through a shell as it stands. The runner fails the file if anything still runs afterwards.
 */
// time limit: 180 s
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

const REPOSITORY = path.join(import.meta.dirname, "../..");
const LAST_LINE = "Ctrl-C stops all of it.";
/** A bare machine may have none; the commands for people need it. */
const hasCurl = spawnSync("curl", ["--version"]).status === 0;

const environment = {
  ...process.env,
  DATA_DIR: path.join(process.env["TEST_DATA_DIR"] ?? "", "data"),
  NODE_ENV: "development",
  PORT: "0",
  GRPC_PORT: "0",
  WORKERS: "2",
};

async function npmStart() {
  const child = spawn("npm", ["start"], {
    cwd: REPOSITORY,
    env: environment,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "exit");
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  const up = Promise.withResolvers<void>();
  child.stdout.on("data", () => (said.includes(LAST_LINE) ? up.resolve() : undefined));
  await Promise.race([up.promise, ended.then(() => Promise.reject(new Error(`npm start ended:\n${said}`)))]);
  return {
    said: () => said,
    async pressCtrlC() {
      process.kill(-(child.pid ?? 0), "SIGINT");
      await ended;
    },
  };
}

function printedCommands(said: string): string[] {
  return said.split("\n").filter((line) => /^(curl|npx buf curl) /.test(line));
}

function paste(command: string): string {
  const { stdout, stderr } = spawnSync("sh", ["-c", command], { cwd: REPOSITORY, encoding: "utf8" });
  return stdout + stderr;
}

test("the first start prints addresses, accounts and three commands that place an order as they stand", async () => {
  const shop = await npmStart();
  const commands = printedCommands(shop.said());
  assert.is(commands.length, 3);
  assert.match(shop.said(), "admin@bodega.example");
  for (const command of hasCurl ? commands : []) assert.match(paste(command), /ORDER_STATUS_CONFIRMED/, command);
  await shop.pressCtrlC();
});

test("a second start has the same shop", async () => {
  const shop = await npmStart();
  const [curl = ""] = printedCommands(shop.said());
  if (hasCurl) assert.match(paste(curl), /ORDER_STATUS_CONFIRMED/);
  await shop.pressCtrlC();
});

test.run();
