/** `node test/bench/figures.ts [report.json]`: writes the tables of docs/figures.md from a report; DATA_DIR/bench's unless told. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { withFigures } from "./figures-page.ts";
import { benchFolder } from "./tell.ts";

const page = path.join(import.meta.dirname, "../../docs/figures.md");
const file = process.argv[2] ?? path.join(benchFolder(), "report.json");
const { text, missing } = withFigures(readFileSync(page, "utf8"), JSON.parse(readFileSync(file, "utf8")));
writeFileSync(page, text);
if (missing.length > 0) console.log(`The report has nothing for these, which stay as they were: ${missing.join(", ")}`);
