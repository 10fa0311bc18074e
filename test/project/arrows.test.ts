/**
 * The arrows of the code run one way: main and commands to api, worker and processes, to the domains, to rpc, to platform;
 * between domains and between the cupboards of platform too.
 *
 * Method: every import of every source file is read from its text and held against the tables below. A folder of
 * `domains/` and of `platform/` is a room of its own, and so is a file directly in `src/`.
 */
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { circlesOf, type Import, imports, roomOf, sourceFiles, sourceText } from "./imports.ts";

const PLATFORM = "platform/*";

/** Which rooms each may import from, beside itself and gen/. */
const ALLOWED: Record<string, string[]> = {
  "platform/errors": [],
  "platform/crypto": ["platform/errors"],
  "platform/auth": ["platform/errors"],
  "platform/context": ["platform/errors"],
  "platform/wire": ["platform/errors", "platform/context", "platform/crypto"],
  "platform/config": ["platform/errors", "platform/wire"],
  "platform/process": ["platform/errors", "platform/config"],
  "platform/async": [],
  "platform/telemetry": ["platform/errors", "platform/config", "platform/process", "platform/async"],
  "platform/connections": ["platform/auth", "platform/config", "platform/telemetry"],
  "platform/polling": ["platform/async", "platform/telemetry"],
  "platform/redis": ["platform/async", "platform/telemetry"],
  "platform/database": [
    "platform/errors",
    "platform/async",
    "platform/polling",
    "platform/context",
    "platform/telemetry",
  ],
  "platform/cache": ["platform/errors", "platform/async", "platform/context", "platform/redis", "platform/telemetry"],
  "platform/rate-limit": ["platform/errors", "platform/cache", "platform/config", "platform/redis"],
  "platform/idempotency": ["platform/errors", "platform/database"],
  "platform/jobs": ["platform/async", "platform/polling", "platform/database", "platform/telemetry"],
  rpc: [PLATFORM],
  outbox: [PLATFORM],
  "domains/media": ["rpc", PLATFORM],
  "domains/catalog": ["rpc", PLATFORM, "domains/media"],
  "domains/identity": ["rpc", PLATFORM],
  "domains/inventory": ["rpc", PLATFORM],
  "domains/promotion": ["rpc", PLATFORM],
  "domains/order": ["rpc", PLATFORM, "outbox", "domains/inventory", "domains/promotion"],
  "domains/cart": ["rpc", PLATFORM, "domains/order"],
  "domains/notification": ["rpc", PLATFORM, "outbox", "domains/order"],
  "domains/analytics": ["rpc", PLATFORM, "outbox"],
  operations: ["rpc", PLATFORM, "outbox", "worker", "domains/notification"],
  console: ["rpc", PLATFORM],
  openapi: ["rpc", PLATFORM],
  migrations: [PLATFORM],
  processes: [PLATFORM],
  development: [PLATFORM, "domains/identity", "domains/media"],
  api: ["rpc", PLATFORM, "console", "openapi", "operations", "domains/*"],
  worker: [PLATFORM, "outbox", "domains/*"],
  commands: [
    PLATFORM,
    "api",
    "worker",
    "operations",
    "processes",
    "development",
    "outbox",
    "domains/catalog",
    "domains/identity",
    "domains/media",
    "domains/notification",
  ],
  "main.ts": ["commands", PLATFORM, "check-node.cjs"],
  "check-node.cjs": [],
};

/** Files that decide and must not do I/O: they import nothing but each other, failures and types. */
const PURE = [
  "domains/order/place/decide.ts",
  "domains/order/place/place-sql.ts",
  "domains/order/place/insert-columns.ts",
  "domains/order/change/state-machine.ts",
  "domains/order/change/change-sql.ts",
  "domains/order/watch/watch-filter.ts",
  "domains/order/watch/limits.ts",
  "domains/promotion/discount.ts",
  "domains/promotion/terms.ts",
  "domains/cart/cart-rules.ts",
  "domains/analytics/intervals.ts",
  "domains/analytics/rollup-increments-sql.ts",
  "domains/analytics/rollup-sql.ts",
  "domains/media/image-format.ts",
  "domains/catalog/search/product-filter.ts",
  "domains/catalog/search/sorted-page-sql.ts",
  "domains/catalog/search/relevance-sql.ts",
  "domains/catalog/search/count-sql.ts",
  "domains/catalog/search/spelling.ts",
  "domains/catalog/csv/columns.ts",
  "domains/notification/delivery/retry-schedule.ts",
  "domains/notification/delivery/circuit-breaker.ts",
  "domains/notification/email/smtp-verdict.ts",
  "domains/notification/email/compose/person-name.ts",
];
const PURE_TOO = [
  /^platform\/(errors\/failure|wire\/(money|uuid)|idempotency\/request-key|database\/binary-array|cache\/bounded-map)\.ts$/,
  /^domains\/(order|promotion\/discount)/,
];

function mayImport(room: string, to: string): boolean {
  return (ALLOWED[room] ?? []).some((allowed) => path.matchesGlob(to, allowed));
}

const told = ({ from, to }: Import) => `${from} imports ${to}`;

test("there are imports to look at", () => {
  assert.ok(imports.length > 1_000, `${imports.length} imports`);
});

test("every room is in the table", () => {
  assert.equal(new Set(sourceFiles.map(roomOf)), new Set(Object.keys(ALLOWED)));
});

test("no import runs against the arrows", () => {
  const wrong = imports.filter(({ from, to }) => roomOf(from) !== roomOf(to) && !mayImport(roomOf(from), roomOf(to)));
  assert.equal(wrong.map(told), []);
});

test("no file imports itself by a detour, not even a type", () => {
  assert.equal(circlesOf(sourceFiles, imports), []);
});

test("the table knows no circle", () => {
  const rooms = Object.keys(ALLOWED);
  const arrows = rooms.flatMap((from) =>
    rooms.filter((to) => to !== from && mayImport(from, to)).map((to) => ({ from, to })),
  );
  assert.equal(circlesOf(rooms, arrows), []);
});

test("a circle is found, whoever begins it", () => {
  const arrows = [
    { from: "a", to: "b" },
    { from: "b", to: "c" },
    { from: "c", to: "b" },
  ];
  assert.equal(circlesOf(["a", "b", "c"], arrows), [["b", "c"]]);
});

test("services know no Sequelize", () => {
  const isDatabase = (what: string) => what === "sequelize" || what === "platform/database/database.ts";
  const wrong = sourceFiles
    .filter((file) => file.endsWith("service.ts"))
    .filter(
      (file) =>
        imports.some(({ from, to }) => from === file && isDatabase(to)) || / from "sequelize"/.test(sourceText(file)),
    );
  assert.equal(wrong, []);
});

test("pure files import nothing that does I/O", () => {
  const allowed = (file: string) => PURE.includes(file) || PURE_TOO.some((pattern) => pattern.test(file));
  const wrong = imports.filter(({ from, to, typeOnly }) => PURE.includes(from) && !typeOnly && !allowed(to));
  assert.equal(wrong.map(told), []);
  assert.equal(
    PURE.filter((file) => !sourceFiles.includes(file)),
    [],
  );
});

test("there are no default exports and no barrels", () => {
  assert.equal(
    sourceFiles.filter((file) => /^export default/m.test(sourceText(file))),
    [],
  );
  assert.equal(
    sourceFiles.filter((file) => path.basename(file) === "index.ts"),
    [],
  );
});

test.run();
