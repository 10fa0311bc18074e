/**
 * The arrows of the code run one way: main and commands to server and processes, to rpc and slices, to platform.
 *
 * Method: every import of every source file is read from its text and held against the table below.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

const SOURCE = path.join(import.meta.dirname, "../../src");

/** Which rooms each room may import from, beside itself and gen/. Files directly in src/ count as their own room. */
const ALLOWED: Record<string, string[]> = {
  platform: [],
  rpc: ["platform"],
  media: ["rpc", "platform"],
  catalog: ["rpc", "platform", "media"],
  identity: ["rpc", "platform"],
  inventory: ["rpc", "platform"],
  promotion: ["rpc", "platform"],
  order: ["rpc", "platform", "inventory", "promotion", "outbox"],
  cart: ["rpc", "platform", "order"],
  outbox: ["platform"],
  delivery: ["platform"],
  email: ["platform", "outbox", "delivery"],
  webhook: ["platform", "outbox", "delivery", "order"],
  notification: ["rpc", "platform", "delivery", "email", "webhook"],
  console: ["rpc", "platform"],
  openapi: ["rpc", "platform"],
  analytics: ["rpc", "platform", "outbox"],
  seed: ["platform", "identity", "media"],
  embedded: ["platform"],
  migrations: ["platform"],
  processes: ["platform"],
  checklist: ["platform"],
  server: [
    "rpc",
    "platform",
    "openapi",
    "analytics",
    "console",
    "notification",
    "email",
    "webhook",
    "media",
    "catalog",
    "identity",
    "inventory",
    "promotion",
    "order",
    "cart",
  ],
  "server.ts": ["server", "rpc", "platform", "webhook", "media", "catalog", "identity", "inventory", "order"],
  "scheduled.ts": ["platform", "analytics", "outbox", "email", "webhook", "catalog", "identity", "inventory", "cart"],
  "worker.ts": [
    "platform",
    "analytics",
    "outbox",
    "delivery",
    "email",
    "webhook",
    "order",
    "promotion",
    "scheduled.ts",
  ],
  commands: [
    "platform",
    "catalog",
    "identity",
    "media",
    "processes",
    "checklist",
    "embedded",
    "seed",
    "server.ts",
    "worker.ts",
  ],
  "main.ts": ["commands", "platform"],
};

/** Files that decide and must not do I/O: they import nothing but each other, failures and types. */
const PURE = [
  "order/placement.ts",
  "order/state.ts",
  "order/change-sql.ts",
  "promotion/discount.ts",
  "promotion/terms.ts",
  "cart/contents.ts",
  "order/placement-sql.ts",
  "order/write-columns.ts",
  "analytics/stretches.ts",
  "analytics/differences-sql.ts",
  "analytics/period-sql.ts",
  "order/watch/scope.ts",
  "order/watch/limits.ts",
  "media/formats.ts",
  "catalog/product-filter.ts",
  "catalog/page-sql.ts",
  "catalog/relevance-sql.ts",
  "catalog/count-sql.ts",
  "catalog/spelling.ts",
  "catalog/csv/columns.ts",
  "delivery/schedule.ts",
  "delivery/circuit-breaker.ts",
  "email/verdict.ts",
  "email/person-name.ts",
];
const PURE_IMPORTS =
  /^(\.\.?\/)+(platform\/(errors|money|identifier|requests|binary-array)|promotion\/discount|order\/|[a-z-]+)\.ts$|^\.\//;

interface Import {
  from: string;
  what: string;
  typeOnly: boolean;
}

const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
const imports = files.flatMap(importsOf);

function importsOf(file: string): Import[] {
  const text = readFileSync(path.join(SOURCE, file), "utf8");
  const found = text.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from\s+"([^"]+)"|^import\s+"([^"]+)"/gm);
  return [...found].map(([, typeOnly, named, bare]) => ({
    from: file,
    what: named ?? bare ?? "",
    typeOnly: typeOnly !== undefined,
  }));
}

function roomOf(file: string): string {
  return file.split(path.sep)[0] ?? file;
}

/** The room that an import leads to; undefined for packages, gen/ and what is outside src/. */
function target({ from, what }: Import): string | undefined {
  if (!what.startsWith(".")) return undefined;
  const file = path.relative(SOURCE, path.resolve(SOURCE, path.dirname(from), what));
  return file.startsWith("..") ? undefined : roomOf(file);
}

test("there are imports to look at", () => {
  assert.ok(imports.length > 200, `${imports.length} imports`);
});

test("every room is in the table", () => {
  assert.equal(
    files.map(roomOf).filter((room) => ALLOWED[room] === undefined && room !== "check-node.cjs"),
    [],
  );
});

test("no import runs against the arrows", () => {
  const wrong = imports.filter((one) => {
    const to = target(one);
    const room = roomOf(one.from);
    return to !== undefined && to !== room && to !== "check-node.cjs" && !(ALLOWED[room] ?? []).includes(to);
  });
  assert.equal(
    wrong.map(({ from, what }) => `${from} imports ${what}`),
    [],
  );
});

test("services know no Sequelize", () => {
  const wrong = imports.filter(
    ({ from, what }) => from.endsWith("service.ts") && (what === "sequelize" || what.endsWith("/database.ts")),
  );
  assert.equal(
    wrong.map(({ from, what }) => `${from} imports ${what}`),
    [],
  );
});

test("pure files import nothing that does I/O", () => {
  const wrong = imports.filter(
    ({ from, what, typeOnly }) => PURE.includes(from) && !typeOnly && !PURE_IMPORTS.test(what),
  );
  assert.equal(
    wrong.map(({ from, what }) => `${from} imports ${what}`),
    [],
  );
  assert.equal(
    PURE.filter((file) => !files.includes(file)),
    [],
  );
});

test("there are no default exports and no barrels", () => {
  const texts = files.map((file) => ({ file, text: readFileSync(path.join(SOURCE, file), "utf8") }));
  assert.equal(
    texts.filter(({ text }) => /^export default/m.test(text)).map(({ file }) => file),
    [],
  );
  assert.equal(
    files.filter((file) => path.basename(file) === "index.ts"),
    [],
  );
});

test.run();
