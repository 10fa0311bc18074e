/** The documents name what exists: files, folders, RPCs, commands, scripts; and nothing of a single machine. */
import { existsSync, globSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import packageJson from "../../package.json" with { type: "json" };
import { rpcs, services } from "../support/contract.ts";
import { documents, read, ROOT, tableOf } from "./markdown.ts";

const readme = read("README.md");
const rpcNames = new Set(rpcs.map(({ name }) => name));
/** `Get`, `Place` … : what a name in backticks must begin with to be taken for an RPC's. */
const VERBS = new Set([...rpcNames].map((name) => /^[A-Z][a-z]+/.exec(name)?.[0]));
/** Names that begin like an RPC's and are something else. */
const OTHERS = new Set(["RetryInfo"]);
const KNOWN_SERVICES = new Set([...services.map(({ typeName }) => typeName), "grpc.health.v1.Health"]);

function inAll(pattern: RegExp): { document: string; found: string }[] {
  return documents.flatMap((document) =>
    [...read(document).matchAll(pattern)].map(([whole, first]) => ({ document, found: first ?? whole })),
  );
}

test("the documents that a repository should have are there", () => {
  for (const name of [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "docs/architecture.md",
    "docs/errors.md",
  ]) {
    assert.ok(documents.includes(name), name);
  }
});

test("every relative link leads to a file", () => {
  const links = inAll(/\]\((?!https?:|#)([^)#\s]+)/g);
  assert.ok(links.length > 10);
  const broken = links.filter(({ document, found }) => !existsSync(path.resolve(ROOT, path.dirname(document), found)));
  assert.equal(broken, []);
});

test("every link to a heading leads to one", () => {
  const links = documents.flatMap((document) =>
    [...read(document).matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)].map(([, file = "", heading = ""]) => ({
      document,
      target: file === "" ? document : path.join(path.dirname(document), file),
      heading,
    })),
  );
  assert.ok(links.length > 10);
  assert.equal(
    links.filter(({ target, heading }) => !headingsOf(read(target)).includes(heading)),
    [],
  );
});

/** As GitHub makes anchors of them. */
function headingsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, text = ""]) =>
    text
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

test("what is read first can be read at one sitting: README in 200 lines, the architecture in 250", () => {
  assert.ok(readme.trimEnd().split("\n").length <= 200);
  assert.ok(read("docs/architecture.md").trimEnd().split("\n").length <= 250);
});

test("every document is linked from the README and described in the index of docs/", () => {
  const linked = new Set([...readme.matchAll(/\]\(([^)#\s]+)/g)].map(([, file]) => file));
  const others = documents.filter((name) => !name.endsWith("README.md"));
  assert.equal(
    others.filter((name) => !linked.has(name)),
    [],
  );
  const index = read("docs/README.md");
  assert.equal(
    others.filter((name) => name.startsWith("docs/") && !index.includes(`](${path.basename(name)})`)),
    [],
  );
});

test("every file of the source and the tests that a document names is there", () => {
  const named = inAll(/(?:`|\s)((?:src|test|proto|third_party|docs)\/[\w./-]*\w)(?=[`\s])/g);
  assert.ok(named.length > 10);
  assert.equal(
    named.filter(
      ({ found }) => !existsSync(path.join(ROOT, found)) && globSync(`${found}*`, { cwd: ROOT }).length === 0,
    ),
    [],
  );
});

test("every RPC and service that a document names is declared", () => {
  const methods = inAll(/\b(bodega\.\w+\.v1\.\w+\/\w+)/g).map(({ found }) => found);
  const declared = new Set(rpcs.map(({ parent, name }) => `${parent.typeName}/${name}`));
  assert.equal(
    methods.filter((name) => !declared.has(name)),
    [],
  );
  const named = inAll(/`(\w+\.\w+\.v1\.[A-Z]\w+)`/g);
  assert.equal(
    named.filter(({ found }) => !KNOWN_SERVICES.has(found)),
    [],
  );
  const alone = inAll(/`([A-Z][a-z]+[A-Z][A-Za-z]+)`/g).filter(({ found }) =>
    VERBS.has(/^[A-Z][a-z]+/.exec(found)?.[0]),
  );
  assert.equal(
    alone.filter(({ found }) => !rpcNames.has(found) && !OTHERS.has(found)),
    [],
  );
});

test("the README's map has every folder of the source, and no other", () => {
  const mapped = tableOf(readme, "Folder").map(([cell = ""]) => cell.replaceAll("`", ""));
  for (const folder of mapped) assert.ok(existsSync(path.join(ROOT, folder)), folder);
  const folders = globSync("src/*/", { cwd: ROOT }).map((folder) => `${folder.replace(/\/$/, "")}/`);
  assert.equal(mapped.filter((folder) => folder.startsWith("src/")).sort(), folders.sort());
});

test("every npm script that a document names is in package.json", () => {
  const scripts = inAll(/\bnpm (?:run )?((?<=run )[\w:]+|start\b|test\b)/g);
  assert.ok(scripts.length > 8);
  assert.equal(
    scripts.filter(({ found }) => !(found in packageJson.scripts)),
    [],
  );
});

test("no document names a folder of somebody's machine", () => {
  assert.equal(inAll(/(?:\s|["'`(=])\/(?:home|root|Users|work|tmp|opt)\/\S*/g), []);
});

test("the lines of the documents that are not tables, code or links have at most 120 characters", () => {
  const long = documents.flatMap((document) =>
    read(document)
      .replace(/^```.*?^```$/gms, "")
      .split("\n")
      .filter((line) => line.length > 120 && !line.startsWith("|"))
      .map((line) => `${document}: ${line}`),
  );
  assert.equal(long, []);
});

test.run();
