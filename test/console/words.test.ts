/**
 * What a person reads on a screen stands in a file of words, so that whoever translates the console reads those alone.
 *
 * The screens are read as their syntax: what is between tags, and the properties that components show. An exception is
 * named with its reason; one that is no longer needed is a failure, so that the list stays true.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parseAst, transformWithEsbuild } from "vite";
import { sourceFiles } from "../project/imports.ts";

const APP = path.join(import.meta.dirname, "../../src/console/app");

/** What components show of what they are given; `children` is what stands between tags. */
const SHOWN = new Set(
  "children label heading title placeholder description alt aria-label legend hint search intro action what mine words one many".split(
    " ",
  ),
);

/** Texts beside the files of words, and why. */
const EXCEPTIONS = new Map([
  ["forms/overtaken.tsx: STALE_ETAG", "the reason of a refusal is a name of the API and is the same in each language"],
]);

const screens = sourceFiles
  .filter((file) => file.startsWith("console/app/") && /\.tsx?$/.test(file) && !file.endsWith(".d.ts"))
  .map((file) => file.slice("console/app/".length))
  .filter((file) => !file.startsWith("words/") && path.posix.basename(file) !== "words.ts");

test("no screen has words of its own: each stands in a file of words, or is named here with a reason", async () => {
  assert.ok(screens.length > 70);
  const found = await Promise.all(
    screens.map(async (file) => {
      const texts = await textsOf(readFileSync(path.join(APP, file), "utf8"), file);
      return texts.map((text) => `${file}: ${text}`);
    }),
  );
  assert.equal(found.flat().sort(), [...EXCEPTIONS.keys()].sort());
});

test("the scan finds what a screen would say of its own, in tags, in properties, in a choice of two", async () => {
  const screen = `
    const rows = [{ label: "Status", cell: (row) => <b title={row.open ? "Open" : row.name}>{row.id}</b> }];
    const page = <p className="small" aria-label={\`Row \${rows.length}\`}>Hello <i>{rows.length} · –</i></p>;
  `;
  assert.equal(await textsOf(screen, "screen.tsx"), ["Hello", "Open", "Row", "Status"]);
});

/** The words that a source shows of its own. */
async function textsOf(source: string, file: string): Promise<string[]> {
  const { code } = await transformWithEsbuild(source, file, { jsx: "automatic", sourcemap: false });
  const texts: string[] = [];
  walk(parseAst(code), (node) => {
    if (node["type"] !== "Property" || !isNode(node["key"])) return;
    const name = node["key"]["name"] ?? node["key"]["value"];
    if (typeof name === "string" && SHOWN.has(name)) texts.push(...said(node["value"]));
  });
  return texts
    .map((text) => text.trim())
    .filter((text) => /\p{L}/u.test(text))
    .sort();
}

type Node = Readonly<Record<string, unknown>>;

function isNode(one: unknown): one is Node {
  return typeof one === "object" && one !== null;
}

function walk(node: unknown, visit: (node: Node) => void): void {
  if (!isNode(node)) return;
  visit(node);
  for (const inner of Object.values(node)) walk(inner, visit);
}

/** The texts that an expression comes to; what a call or a function is given is not shown by itself. */
function said(node: unknown): string[] {
  if (!isNode(node)) return [];
  const each = (inner: unknown) => (Array.isArray(inner) ? inner.flatMap(said) : []);
  switch (node["type"]) {
    case "Literal":
      return typeof node["value"] === "string" ? [node["value"]] : [];
    case "TemplateElement":
      return isNode(node["value"]) ? [String(node["value"]["cooked"])] : [];
    case "TemplateLiteral":
      return [...each(node["quasis"]), ...each(node["expressions"])];
    case "ConditionalExpression":
      return [...said(node["consequent"]), ...said(node["alternate"])];
    case "LogicalExpression":
    case "BinaryExpression":
      return [...said(node["left"]), ...said(node["right"])];
    case "ArrayExpression":
      return each(node["elements"]);
    case "AssignmentPattern":
      return said(node["right"]);
    default:
      return [];
  }
}

test.run();
