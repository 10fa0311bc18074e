/**
 * Products in and out of a CSV file: what goes in, what is told about the rest, and that a file comes back as it was.
 *
 * The functions run in this process over the file's own database; the command itself runs as people run it.
 */
// time limit: 120 s
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { exportProducts } from "../../src/domains/catalog/csv/export.ts";
import { importProducts } from "../../src/domains/catalog/csv/import.ts";
import { runSql, openDatabase } from "../../src/platform/database/database.ts";
import { currencyOf } from "../../src/platform/wire/money.ts";
import { empty } from "../support/empty.ts";
import { race, tally } from "../support/race.ts";

const databaseUrl = process.env["TEST_DATABASE_URL"] ?? "";
const database = openDatabase({
  url: process.env["TEST_DATABASE_OWNER_URL"] ?? "",
  pool: 2,
  name: "test products file",
});
const USD = currencyOf("USD");
const folder = await mkdtemp(path.join(tmpdir(), "bodega-products-"));

const HEADER = "sku,title,description,price,currency,category,featured,active\n";
const MUG = "MUG-1,Blue mug,Holds coffee,12.50,USD,Kitchen,true,true\n";
const TEA = 'TEA-1,"Tea, green","Leaves.\nLoose ""ones""",3.00,USD,pantry,false,false\n';

/** Without another look an import fails in two of three runs: two of a hundred meet like that. */
const ROUNDS = 60;
const IMPORTS = 8;

test.before.each(async () => {
  await empty(database, "catalog.categories");
  await runSql(
    database,
    "INSERT INTO catalog.categories (id, name) VALUES (gen_random_uuid(), 'Kitchen'), (gen_random_uuid(), 'Pantry')",
  );
});

test.after(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

interface Outcome {
  /** added, changed, unchanged, refused */
  counts: number[];
  refused: string[];
}

async function bringIn(file: string | Readable, currency = USD): Promise<Outcome> {
  const refused: string[] = [];
  const input = typeof file === "string" ? Readable.from([Buffer.from(file)]) : file;
  const onRefused = (line: number, reason: string) => void refused.push(`${line}: ${reason}`);
  const report = await importProducts({ databaseUrl, currency, input, onRefused });
  return { counts: [report.added, report.changed, report.unchanged, report.refused], refused };
}

async function takeOut(): Promise<string> {
  let text = "";
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  await exportProducts({ database, currency: USD, output });
  return text;
}

function stored(): Promise<object[]> {
  return runSql(
    database,
    `SELECT sku, title, p.description, price, c.name AS category, featured, p.active, p.version
     FROM catalog.products p JOIN catalog.categories c ON c.id = category_id WHERE deleted_at IS NULL ORDER BY sku`,
  );
}

test("good rows go in, with commas, quotes and line ends in their cells", async () => {
  assert.equal(await bringIn(HEADER + MUG + TEA), { counts: [2, 0, 0, 0], refused: [] });
  assert.equal(await stored(), [
    {
      sku: "MUG-1",
      title: "Blue mug",
      description: "Holds coffee",
      price: "1250",
      category: "Kitchen",
      featured: true,
      active: true,
      version: 1,
    },
    {
      sku: "TEA-1",
      title: "Tea, green",
      description: 'Leaves.\nLoose "ones"',
      price: "300",
      category: "Pantry",
      featured: false,
      active: false,
      version: 1,
    },
  ]);
});

test("the same file again changes nothing: no version, no time", async () => {
  await bringIn(HEADER + MUG + TEA);
  const rows = () => runSql(database, "SELECT id, version, updated_at, xmin::text FROM catalog.products ORDER BY id");
  const before = await rows();
  assert.equal(await bringIn(HEADER + MUG + TEA), { counts: [0, 0, 2, 0], refused: [] });
  assert.equal(await rows(), before);
});

test("a row that differs changes its product, and only it", async () => {
  await bringIn(HEADER + MUG + TEA);
  assert.equal((await bringIn(HEADER + MUG.replace("12.50", "13") + TEA)).counts, [0, 1, 1, 0]);
  assert.equal(
    (await stored()).map((row) => [Reflect.get(row, "price"), Reflect.get(row, "version")]),
    [
      ["1300", 2],
      ["300", 1],
    ],
  );
  const found = await runSql(
    database,
    "SELECT sku FROM catalog.products WHERE words @@ plainto_tsquery('english', 'coffee')",
  );
  assert.equal(found, [{ sku: "MUG-1" }]);
});

test("a column that the file leaves out keeps what products have, and new ones get the usual", async () => {
  await bringIn(HEADER + MUG);
  const { counts } = await bringIn("price,category,title,sku\n11,Kitchen,Blue mug,MUG-1\n2,Kitchen,Red mug,MUG-2\n");
  assert.equal(counts, [1, 1, 0, 0]);
  const rows = (await stored()).map((row) =>
    ["description", "price", "featured", "active"].map((name) => Reflect.get(row, name)),
  );
  assert.equal(rows, [
    ["Holds coffee", "1100", true, true],
    ["", "200", false, true],
  ]);
});

test("each bad row is told with its line and all its reasons, and the good ones around it go in", async () => {
  const { counts, refused } = await bringIn(
    [
      HEADER.trim(),
      'OK-1,One,"Two\nlines",1.00,USD,Kitchen,,',
      "",
      ",No number,,1.00,USD,Kitchen,,",
      "BAD-1,,,1.00,USD,Kitchen,,",
      "BAD-2,Price,,12.345,USD,Kitchen,,",
      'BAD-3,Price,,"1,200.00",USD,Kitchen,,',
      "BAD-4,Price,,-1,USD,Kitchen,,",
      "BAD-5,Price,,1000000001,USD,Kitchen,,",
      "BAD-6,Both,,,EUR,Garden,maybe,",
      "BAD-7,Few,,1.00",
      'BAD-8,"quo"te",,1.00,USD,Kitchen,,',
      `BAD-9,${"x".repeat(201)},,1.00,USD,Kitchen,,`,
      "OK-1,Again,,2.00,USD,Kitchen,,",
      "BAD-10,A\ttab,,1,USD,Kitchen,,",
      "OK-2,Last,,3,USD,KITCHEN,,",
    ].join("\r\n"),
  );
  assert.equal(counts, [2, 0, 0, 12]);
  assert.equal(
    refused.toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)),
    [
      "5: sku must be given",
      "6: title must be given",
      "7: price: USD has no unit smaller than 1/100",
      '8: price: "1,200.00" is no amount such as 12.50',
      '9: price: "-1" is no amount such as 12.50',
      "10: price: must be an amount from 0 to 1,000,000,000",
      '11: price: "" is no amount such as 12.50; category: there is no category "Garden"; featured: "maybe" is neither true nor false; currency: it is USD here, not EUR',
      "12: the row has more or fewer cells than the header",
      "13: the quotes are not right (a quote inside a cell is written twice, and the cell stands in quotes)",
      "14: title: must be at most 200 characters",
      "15: sku: OK-1 is on line 2 already",
      "16: title: must have no tabs, line ends and other control characters",
    ],
  );
});

test("a SKU that stands twice, far apart, is refused the second time, by this import and by the next", async () => {
  const rows = Array.from({ length: 5_000 }, (_, number) => `SKU-${number},Number ${number},1,Kitchen\n`).join("");
  const file = `sku,title,price,category\n${rows}SKU-7,Seven again,2,Kitchen\n`;
  assert.equal(await bringIn(file), { counts: [5_000, 0, 0, 1], refused: ["5002: sku: SKU-7 is on line 9 already"] });
  assert.equal((await bringIn(file)).counts, [0, 0, 5_000, 1]);
});

test("a quote that is never closed, and a row without an end, are told and stop the reading; what came before is in", async () => {
  const open = await bringIn(`${HEADER}${MUG}BAD-1,"never closed,,1,USD,Kitchen,,\n${TEA.replaceAll('"', "")}`);
  assert.equal([open.counts[0], open.counts[3]], [1, 1]);
  assert.match(open.refused[0] ?? "", /never closed; everything after it was not read/);
  const long = await bringIn(`${HEADER}BAD-1,"${"x\n".repeat(40_000)}`);
  assert.match(long.refused[0] ?? "", /longer than 65536 bytes .* not read/);
});

test("a line that is not in UTF-8 is refused, and a mark at the file's beginning is none of its text", async () => {
  const latin1 = Buffer.concat([
    Buffer.from("\uFEFF" + HEADER + MUG),
    Buffer.from("CAFE,Caf\xe9,,1,USD,Kitchen,,\n", "latin1"),
  ]);
  assert.equal(await bringIn(Readable.from([latin1])), {
    counts: [1, 0, 0, 1],
    refused: ["3: the line is not in UTF-8"],
  });
});

test("a file without our header is refused as a whole", async () => {
  for (const [file, message] of [
    ["", /the file is empty/],
    ["sku;title;price;category\nA;B;1;Kitchen\n", /there is no column "sku;title;price;category"/],
    ["sku,title,price\nA,B,1\n", /the column category is missing/],
    ["sku,sku,title,price,category\n", /the column sku is there twice/],
  ] as const) {
    await bringIn(file).then(
      () => assert.unreachable(file),
      (error: Error) => assert.match(error.message, message),
    );
  }
  assert.equal(await stored(), []);
});

test("an export brought in again changes nothing, whatever the texts look like", async () => {
  await bringIn(HEADER + MUG + TEA);
  const texts = [
    "=1+1",
    "'=1+1",
    "''",
    "+49 30",
    "-5 % off",
    "@home",
    "'quoted'",
    'say "hi"',
    "a,b;c",
    "naïve 🥐",
    " spaces ",
    "\\N",
    "'-x",
    "=cmd|'/C calc'!A0",
  ];
  for (const [number, text] of texts.entries()) {
    await runSql(
      database,
      `INSERT INTO catalog.products (id, sku, title, description, price, category_id)
       SELECT gen_random_uuid(), $1, $2, $3, 99999999999, id FROM catalog.categories WHERE name = 'Pantry'`,
      // Names have no blanks around them; a description is what it is.
      [`${text.trim()} ${number}`, text.trim(), `${text}\r\n\t${text}\n`],
    );
  }
  const before = await stored();
  const file = await takeOut();
  assert.equal(await bringIn(file), { counts: [0, 0, texts.length + 2, 0], refused: [] });
  assert.equal(await stored(), before);

  await empty(database, "catalog.products");
  assert.equal((await bringIn(file)).counts, [texts.length + 2, 0, 0, 0]);
  assert.equal(
    (await stored()).map((row) => ({ ...row, version: 1 })),
    before.map((row) => ({ ...row, version: 1 })),
  );
});

test("no exported cell is one that a spreadsheet would run", async () => {
  await bringIn(`${HEADER}"=A1","=HYPERLINK(""http://evil.example"")","@SUM(1)",1,USD,Kitchen,,\n`);
  const [, row = ""] = (await takeOut()).split("\n");
  assert.is(row, `'=A1,"'=HYPERLINK(""http://evil.example"")",'@SUM(1),1.00,USD,Kitchen,false,true`);
});

test("deleted products stay out of the file, and their SKU makes a new product", async () => {
  await bringIn(HEADER + MUG);
  await runSql(database, "UPDATE catalog.products SET deleted_at = now()");
  assert.is(await takeOut(), HEADER);
  assert.equal((await bringIn(HEADER + MUG)).counts, [1, 0, 0, 0]);
});

test("a SKU in another case, or with blanks around it, is the same product, which keeps its own", async () => {
  await bringIn(HEADER + MUG);
  assert.equal((await bringIn(HEADER + MUG.replace("MUG-1", " mug-1\u200B"))).counts, [0, 0, 1, 0]);
  assert.equal((await bringIn(HEADER + MUG.replace("MUG-1", "mug-1").replace("12.50", "13"))).counts, [0, 1, 0, 0]);
  assert.equal(
    (await stored()).map((row) => [Reflect.get(row, "sku"), Reflect.get(row, "price")]),
    [["MUG-1", "1300"]],
  );
});

test("blanks around SKU, title and category are cut off as in a request, and blanks alone are nothing", async () => {
  const header = "sku,title,description,price,category\n";
  const row = "\u2003MUG-1\u200B,\u00A0Blue mug ,  Holds coffee ,1,\u200BKitchen\u3000\n";
  assert.equal((await bringIn(header + row)).counts, [1, 0, 0, 0]);
  const [mug] = await stored();
  assert.equal(
    ["sku", "title", "description", "category"].map((name) => Reflect.get(mug ?? {}, name)),
    ["MUG-1", "Blue mug", "  Holds coffee ", "Kitchen"],
  );
  const blank = await bringIn(`${header}\u200B,Mug,,1,Kitchen\nMUG-2, \u00A0,,1,Kitchen\nMUG-3,Mug,,1,\u2003\n`);
  assert.equal(
    blank.refused.toSorted((a, b) => a.localeCompare(b)),
    ["2: sku must be given", "3: title must be given", "4: category: must be given"],
  );
});

test("a category is found in any case, whatever letters the database knows", async () => {
  await runSql(database, "INSERT INTO catalog.categories (id, name) VALUES (gen_random_uuid(), 'Épicerie')");
  const rows = ["Épicerie", "ÉPICERIE", "épicerie"].map((name, index) => `E-${index},Olives,,1.00,USD,${name},,\n`);
  assert.equal(await bringIn(HEADER + rows.join("")), { counts: [3, 0, 0, 0], refused: [] });
});

test("a SKU that stands twice in a file, in two cases, is refused the second time", async () => {
  const file = "sku,title,price,category\nMUG-É,Mug,1,Kitchen\nmug-é,Mug,2,Kitchen\n";
  assert.equal(await bringIn(file), { counts: [1, 0, 0, 1], refused: ["3: sku: mug-é is on line 2 already"] });
});

test("imports of one new SKU at once, in two cases, make one product, and none of them fails", async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const outcomes = await race(IMPORTS, (index) =>
      bringIn(`sku,title,price,category\n${index % 4 === 0 ? "SKU" : "sku"}-${round},One,1,Kitchen\n`),
    );
    assert.equal(tally(outcomes.map(({ counts }) => counts.join(" "))), { "1 0 0 0": 1, "0 0 1 0": IMPORTS - 1 });
  }
});

test("two imports of one file at once make each product once", async () => {
  const rows = Array.from({ length: 6_000 }, (_, number) => `SKU-${number},Number ${number},1,Kitchen\n`);
  const header = "sku,title,price,category\n";
  const outcomes = await Promise.all([bringIn(header + rows.join("")), bringIn(header + rows.toReversed().join(""))]);
  assert.is(
    outcomes.reduce((sum, { counts: [added = 0] }) => sum + added, 0),
    6_000,
  );
  assert.ok(outcomes.every(({ counts: [, changed, , refused] }) => changed === 0 && refused === 0));
});

test("prices have the currency's decimals, also where it has none", async () => {
  const yen = await bringIn(
    "sku,title,price,category\nA,A,1250,Kitchen\nB,B,12.50,Kitchen\nC,C,12.0,Kitchen\n",
    currencyOf("JPY"),
  );
  assert.equal(yen, { counts: [2, 0, 0, 1], refused: ["3: price: JPY has no unit smaller than 1/1"] });
  assert.equal(
    (await stored()).map((row) => Reflect.get(row, "price")),
    ["1250", "12"],
  );
});

test("the command tells refused rows on standard error and exits with 1, and with 0 when all went in", async () => {
  const file = path.join(folder, "products.csv");
  await writeFile(file, `${HEADER}${MUG}BAD,,,x,USD,Kitchen,,\n`);
  const first = await command("import", file);
  assert.equal(first, {
    code: 1,
    out: "1 added, 0 changed, 0 unchanged, 1 refused.\n",
    error: 'line 3: price: "x" is no amount such as 12.50\n',
  });

  const out = path.join(folder, "out.csv");
  assert.equal(await command("export", out), { code: 0, out: `1 products written to ${out}.\n`, error: "" });
  assert.is(await readFile(out, "utf8"), HEADER + MUG);
  assert.equal(await command("import", out), {
    code: 0,
    out: "0 added, 0 changed, 1 unchanged, 0 refused.\n",
    error: "",
  });
  assert.is((await command("export")).out, HEADER + MUG);
});

test("the command says what is wrong in one line: no such file, a folder, a wrong word", async () => {
  for (const [args, message] of [
    [["import", path.join(folder, "nothing.csv")], /nothing\.csv: ENOENT/],
    [["import", folder], /EISDIR/],
    [["import"], /Name the file/],
    [["imprt", "x"], /no command "products"/],
    [["export", "a", "b"], /Unexpected argument 'b'/],
  ] as const) {
    const { code, error } = await command(...args);
    assert.is(code, 1);
    assert.match(error, message);
    assert.not.match(error, /\n\s+at /);
  }
});

test("an export into a pipe that somebody closes says so, and blames nothing else", async () => {
  const rows = Array.from({ length: 5_000 }, (_, number) => `SKU-${number},Number ${number},1,Kitchen\n`).join("");
  await bringIn(`sku,title,price,category\n${rows}`);
  const main = path.join(import.meta.dirname, "../../src/main.ts");
  const child = spawn(process.execPath, [main, "products", "export"], {
    env: { ...process.env, DATABASE_URL: databaseUrl },
  });
  child.stdout.once("data", () => child.stdout.destroy());
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  assert.equal([said, code], ["Nobody reads on; the export stopped.\n", 1]);
});

function command(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  const main = path.join(import.meta.dirname, "../../src/main.ts");
  return new Promise((resolve) => {
    const environment = { ...process.env, DATABASE_URL: databaseUrl };
    execFile(process.execPath, [main, "products", ...args], { env: environment }, (problem, out, error) => {
      resolve({ code: problem === null ? 0 : Number(problem.code), out, error });
    });
  });
}

test.run();
