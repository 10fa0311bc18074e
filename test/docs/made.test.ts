/**
 * What the documents repeat of the code is what the code says.
 *
 * Method: what stands between the marks `<!-- made: … -->` and `<!-- end -->` is compared with what is made from the
 * code and from the migrated database. `UPDATE_DOCS=1 node test/support/run.ts test/docs/made.test.ts` writes it anew.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeSections } from "./made.ts";
import { documents, read, ROOT } from "./markdown.ts";
import { readSchemas } from "./schema.ts";

const SECTION = /(<!-- made: ([^>]+) -->\n)(.*?)(\n?<!-- end -->)/gs;
const HOW = "run `UPDATE_DOCS=1 node test/support/run.ts test/docs/made.test.ts`";

const sections = await makeSections(await readSchemas(process.env["TEST_DATABASE_OWNER_URL"] ?? ""));

if (process.env["UPDATE_DOCS"] === "1") {
  for (const name of documents) {
    const text = read(name);
    const written = text.replace(
      SECTION,
      (_, open: string, what: string) => `${open}${sections.get(what) ?? ""}\n<!-- end -->`,
    );
    if (written !== text) writeFileSync(path.join(ROOT, name), written);
  }
}

const found = documents.flatMap((document) =>
  [...read(document).matchAll(SECTION)].map(([, , what = "", text = ""]) => ({ document, what, text })),
);

test("every table and drawing that is made of the code stands in exactly one document", () => {
  assert.equal(found.map(({ what }) => what).sort(), [...sections.keys()].sort());
});

test("each of them says what the code says", () => {
  for (const { document, what, text } of found) assert.equal(text, sections.get(what), `${document}, ${what}: ${HOW}`);
});

test("some RPCs are answered and every service has a row", () => {
  const rows = sections.get("services")?.split("\n") ?? [];
  assert.is(rows.length, 2 + 9);
  assert.match(rows.join("\n"), /OrderService` \| [^|]*`PlaceOrder`[^|]* \|/);
});

test.run();
