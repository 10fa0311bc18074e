/**
 * The README, and the pages that go on from it, as a person follows them: every command pasted in its order, against a
 * shop that was just started.
 *
 * Method: a folder of links stands for the checkout, so that what the pages have people save lands there. Ports are
 * free ones instead of the defaults, and DATABASE_URL and REDIS_URL are those that the start printed. `npm run dev`
 * starts the shop here; npm-start.slow.ts starts it by `npm start`.
 */
// time limit: 180 s
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { freePort } from "../../src/development/embedded/free-port.ts";
import { blocksOf, documents, read, ROOT } from "./markdown.ts";
import { until } from "../support/until.ts";

/** Commands that are not pasted here, and why. */
const ELSEWHERE = new Map([
  ["npm run setup && npm start", "setup has a test below; test/embedded/npm-start.slow.ts starts"],
  ["npm run setup && npm test", "this runs inside of it"],
  ["docker compose --profile seed up --build", "there may be no Docker engine; deployment.test.ts reads the files"],
  ["node src/main.ts seed --products 1000000 --stores 100", "it takes minutes; test/seed seeds smaller shops"],
  ["node src/main.ts products import products.csv", "test/catalog/products-file.slow.ts exports and imports"],
]);
/** In the order in which they are read; what a command sets serves those below it. */
const PAGES = [
  "README.md",
  "docs/watching.md",
  "docs/app-developer.md",
  "docs/internal-services.md",
  "docs/webhooks.md",
  "docs/is-all-well.md",
  "docs/commands.md",
];
/** Other pages with commands, and where those are run. */
const ACCOUNTED = new Map([
  ["CONTRIBUTING.md", "they run the tests, the soak and the making of the documents' tables"],
  ["clients/typescript/README.md", "test/client/pack.slow.ts makes the package"],
  [
    "docs/backup.md",
    "test/operate/backup.slow.ts copies the files between start and stop, as there is no pg_basebackup",
  ],
  ["docs/clients.md", "test/interop runs those of each client that is there; grpcurl was not run, as the page says"],
  ["docs/deploy-aws.md", "test/checklist/deploy.slow.ts runs the check"],
  ["docs/figures.md", "npm run bench takes half an hour"],
  ["docs/kubernetes/README.md", "they need a cluster; kubernetes.test.ts reads the manifests"],
  ["docs/operations.md", "test/operate/rolling-restart.slow.ts sends SIGHUP"],
  ["docs/scale.md", "test/scale runs replicas and PgBouncer"],
]);
const SAVED = ["first-order.ts", "watch-orders.ts", "app-client.ts"];
const LAST_LINE = "Ctrl-C stops all of it.";
const MARK = "=====";
/** A bare machine may have none; the commands for people need it. */
const hasCurl = spawnSync("curl", ["--version"]).status === 0;

const folder = path.join(process.env["TEST_DATA_DIR"] ?? "", "checkout");
const [port, grpcPort, opsPort] = [await freePort(), await freePort(), await freePort()];
const blocks = PAGES.flatMap((page) => blocksOf(read(page)));

mkdirSync(folder);
for (const name of readdirSync(ROOT)) {
  if (![".data", ".git", ...SAVED].includes(name)) symlinkSync(path.join(ROOT, name), path.join(folder, name));
}
for (const { language, text } of blocks) {
  const name = /^\/\/ (\S+\.ts)$/m.exec(text)?.[1];
  if (language === "ts" && name !== undefined) writeFileSync(path.join(folder, name), withOurPorts(text));
}

function withOurPorts(text: string): string {
  const ours = { 8080: port, 50051: grpcPort, 9090: opsPort };
  return text.replaceAll(
    /127\.0\.0\.1:(8080|50051|9090)\b/g,
    (_, theirs: keyof typeof ours) => `127.0.0.1:${ours[theirs]}`,
  );
}

async function npmRunDev() {
  const child = spawn("npm", ["run", "dev"], {
    cwd: folder,
    env: {
      ...process.env,
      NODE_ENV: "development",
      PORT: String(port),
      GRPC_PORT: String(grpcPort),
      OPS_PORT: String(opsPort),
      WORKERS: "1",
    },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  // npm ends at once at Ctrl-C; the streams close when the last of its descendants is gone.
  const ended = once(child, "close");
  let said = "";
  const up = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (said.includes(LAST_LINE)) up.resolve();
    });
  }
  await Promise.race([up.promise, ended.then(() => Promise.reject(new Error(`it ended:\n${said}`)))]);
  return {
    said,
    async pressCtrlC() {
      process.kill(-(child.pid ?? 0), "SIGINT");
      await ended;
      // Its guardian, which stands outside the terminal's group, stops the two servers then, if `start` could not.
      await until("the servers have ended", () => !existsSync(path.join(folder, ".data/lock.json")));
    },
  };
}

const PROMISED: RegExp[] = [
  /^/,
  /"title":"[^"]*Mixing Bowl/i,
  /ORDER_STATUS_CONFIRMED/,
  /ORDER_STATUS_CONFIRMED/,
  /ORDER_STATUS_CONFIRMED/,
  /change 1: PENDING\nchange 2: CANCELLED/,
  /^{"cart":{"subtotal":{"currencyCode":"USD"}}}$/m,
  /refreshed, and placed once: true/,
  /^/,
  /ORDER_STATUS_CONFIRMED/,
  /"secret":"whsec_/,
  /^All is well\.$/m,
];

/** Pastes one after the other into one shell, as into one terminal. @returns what each of them printed */
function paste(commands: string[], environment: Record<string, string> = {}): string[] {
  const script = commands.map((command) => `${withOurPorts(command)}\necho; echo "${MARK}"\n`).join("");
  const { stdout, stderr } = spawnSync("sh", ["-s"], {
    cwd: folder,
    env: { ...process.env, ...environment },
    input: script,
    encoding: "utf8",
  });
  const printed = stdout.split(`${MARK}\n`);
  assert.is(printed.length, commands.length + 1, stderr);
  return printed.slice(0, -1);
}

const shell = blocks.filter(({ language }) => language === "sh").map(({ text }) => text.trim());
const pasted = shell.filter((text) => !ELSEWHERE.has(text.split("\n").at(-1) ?? ""));

test("setup asks for nothing where nothing is missing", () => {
  const installers = path.join(folder, "../installers");
  mkdirSync(installers);
  for (const name of ["npm", "apt-get", "brew", "sudo"]) {
    writeFileSync(path.join(installers, name), '#!/bin/sh\necho "$(basename "$0") was called" >&2\nexit 1\n');
    chmodSync(path.join(installers, name), 0o755);
  }
  const { PATH = "" } = process.env;
  const { status, stdout, stderr } = spawnSync("sh", ["src/setup.sh"], {
    cwd: ROOT,
    env: { ...process.env, PATH: `${installers}:${PATH}` },
    encoding: "utf8",
  });
  assert.is(status, 0, `${stdout}${stderr} Run \`npm run setup\` first.`);
  assert.match(stdout, "everything is there");
});

test("the README shows the two commands, and what is not pasted here is accounted for", () => {
  for (const command of ["npm run setup && npm start", "npm run setup && npm test"])
    assert.ok(shell.includes(command), command);
  assert.is(shell.length - pasted.length, ELSEWHERE.size);
  assert.is(pasted.length, PROMISED.length);
});

test("every other page with commands is accounted for", () => {
  const others = documents.filter((page) => !PAGES.includes(page));
  assert.equal(
    others.filter((page) => blocksOf(read(page)).some(({ language }) => language === "sh")),
    [...ACCOUNTED.keys()],
  );
});

test("the TypeScript clients keep their types", () => {
  const config = { extends: "./tsconfig.json", include: SAVED };
  writeFileSync(path.join(folder, "tsconfig.client.json"), JSON.stringify(config));
  const { status, stdout } = spawnSync(path.join(ROOT, "node_modules/.bin/tsc"), ["-p", "tsconfig.client.json"], {
    cwd: folder,
    encoding: "utf8",
  });
  assert.is(status, 0, stdout);
});

test("the start prints what the README says, and each command does what it says", async () => {
  const shop = await npmRunDev();
  try {
    const shown = blocks.find(({ text }) => text.startsWith("Bodega is up."))?.text.split("\n") ?? [];
    for (const line of shown.filter((one) => one.trim() !== "…")) assert.match(shop.said, withOurPorts(line));
    if (!hasCurl) return;
    const addresses = {
      DATABASE_URL: /postgres:\S+/.exec(shop.said)?.[0] ?? "",
      REDIS_URL: /redis:\S+/.exec(shop.said)?.[0] ?? "",
    };
    const printed = paste(pasted, addresses);
    for (const [n, promised] of PROMISED.entries()) assert.match(printed[n] ?? "", promised, pasted[n]);
    const [, , order] = printed;
    const [, , again = ""] = paste(pasted.slice(0, 3));
    assert.is(again, order, "the same requestId gave another answer");
  } finally {
    await shop.pressCtrlC();
  }
});

test("the e-mails of those orders are files where the README says", () => {
  if (hasCurl) assert.ok(readdirSync(path.join(folder, ".data/mail")).some((name) => name.endsWith(".eml")));
});

test.run();
