/**
 * The TypeScript client as somebody else gets it: packed, unpacked in a project that has none of our sources, and used.
 *
 * Method: npm makes the tarball; the project is a folder with the tarball's content and links to the transports of this
 * checkout, since there may be no network to install them by. The program is the example of the package's README.
 */
// time limit: 120 s
import { execFile } from "node:child_process";
import { globSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { test } from "uvu";
import * as assert from "uvu/assert";
import client from "../../clients/typescript/package.json" with { type: "json" };
import server from "../../package.json" with { type: "json" };
import { blocksOf, read, ROOT } from "../docs/markdown.ts";
import { PASSWORD, startTestApi } from "../support/api.ts";
import { filled } from "../support/program.ts";
import { shopWith } from "../support/shop.ts";

const run = promisify(execFile);
const project = path.join(process.env["TEST_DATA_DIR"] ?? "", "project");
const modules = path.join(project, "node_modules");
const installed = path.join(modules, client.name);
const example = blocksOf(read("clients/typescript/README.md")).find(({ language }) => language === "ts")?.text ?? "";

/** Like `tsc` and `node` of the project: what they say is the reason of a failure. */
async function said(command: string, args: string[], cwd = project): Promise<string> {
  try {
    return (await run(command, args, { cwd })).stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

function typeCheck(): Promise<string> {
  return said(path.join(ROOT, "node_modules/.bin/tsc"), ["-p", "."]);
}

test.before(async () => {
  mkdirSync(installed, { recursive: true });
  await said("npm", ["pack", "--pack-destination", project], path.join(ROOT, "clients/typescript"));
  await said("tar", ["-xzf", `${client.name}-${client.version}.tgz`, "-C", installed, "--strip-components=1"]);
  for (const scope of ["@bufbuild", "@connectrpc", "@types"])
    symlinkSync(path.join(ROOT, "node_modules", scope), path.join(modules, scope));
  const compilerOptions = {
    module: "nodenext",
    target: "es2022",
    strict: true,
    types: ["node"],
    outDir: "built",
    rootDir: ".",
    skipLibCheck: true,
  };
  writeFileSync(path.join(project, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(path.join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
});

test("the package holds JavaScript and types for each proto file, and no sources", () => {
  const files = globSync("**/*.*", { cwd: installed });
  const made = globSync("{bodega,google}/**/*.ts", { cwd: path.join(ROOT, "gen") }).map(
    (file) => `dist/${file.slice(0, -".ts".length)}`,
  );
  assert.ok(made.length > 20);
  const expected = [...made.flatMap((file) => [`${file}.js`, `${file}.d.ts`]), "README.md", "package.json"];
  assert.equal(files.sort(), expected.sort());
  assert.equal(globSync("LICENSE", { cwd: installed }), ["LICENSE"]);
});

test("it asks for the versions that the server has", () => {
  const versions: Record<string, string> = server.dependencies;
  for (const [name, version] of Object.entries(client.dependencies)) assert.is(version, versions[name], name);
  assert.is(client.version, server.version);
});

test("its example keeps its types, signs in, searches, orders by Connect and reads the order by gRPC", async () => {
  const api = await startTestApi();
  try {
    const shop = await shopWith(api, { coffee: 5 });
    const { email } = await api.signUp("CUSTOMER");
    const program = filled(example, {
      "01943adb-5400-7000-9872-301655730adb": shop.storeId,
      "http://127.0.0.1:8080": api.baseUrl,
      "127.0.0.1:50051": api.grpcAddress,
      customer2: email,
      "bodega-dev": PASSWORD,
    });
    writeFileSync(path.join(project, "first-order.ts"), program);
    await typeCheck();
    const printed = await said(process.execPath, ["built/first-order.js"]);
    assert.match(printed, "ORDER_STATUS_CONFIRMED");
    assert.match(printed, shop.products.coffee);
    assert.is(await shop.quantity("coffee"), 4);
  } finally {
    await api.stop();
  }
});

test("a field that does not exist is refused by the shipped types", async () => {
  writeFileSync(
    path.join(project, "first-order.ts"),
    filled(example, { "items, requestId }": "items, requestKey: requestId }" }),
  );
  const refusal = await typeCheck().then(() => "it was accepted", String);
  assert.match(refusal, "'requestKey' does not exist");
});

test.run();
