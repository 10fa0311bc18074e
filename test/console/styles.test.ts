/** The styles of the components: each in use has its own, and none is written by a script. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

const ROOT = path.join(import.meta.dirname, "../..");
const APP = path.join(ROOT, "src/console/app");
const SHIPPED = path.join(ROOT, "node_modules/@mantine/core/styles");

const sources = readdirSync(APP, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => [name, readFileSync(path.join(APP, name), "utf8")] as const);

test("every component that a screen uses brings its own style sheet", () => {
  const styles = readFileSync(path.join(APP, "theme/styles.ts"), "utf8");
  const used = sources.flatMap(([, text]) =>
    [...text.matchAll(/import \{([^}]+)\} from "@mantine\/core"/g)].flatMap(([, names = ""]) =>
      names.split(",").map((name) => name.replace(/^\s*type |\sas .*/g, "").trim()),
    ),
  );
  assert.ok(used.length > 30, `${used.length}`);
  const missing = [...new Set(used)].filter(
    (name) => existsSync(path.join(SHIPPED, `${name}.css`)) && !styles.includes(`/${name}.css"`),
  );
  assert.equal(missing, []);
});

test("no screen asks for a style that only a script could write", () => {
  /** A value by screen width, and the parts of Mantine that come with one. */
  const scripted = /\b(?:visibleFrom|hiddenFrom)=|\{\{ base:|\b(?:AppShell|SimpleGrid|Grid\.Col|useMatches)\b/;
  assert.equal(
    sources.filter(([, text]) => scripted.test(text)).map(([name]) => name),
    [],
  );
});

test.run();
