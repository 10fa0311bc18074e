/** docs/figures.md and the report: the words of the page are written by hand, the tables between its marks by the benchmarks. */
import { aimsTable, gathered, machineTable, partsTable, type Report, sectionText, sizingTable } from "./report.ts";

const MARKED = /(<!-- figures: ([\w-]+) -->\n).*?(<!-- end -->)/gs;

export interface Written {
  text: string;
  /** Marks that the report has nothing for; what stood there stays. */
  missing: string[];
}

export function withFigures(page: string, report: Report): Written {
  const tables = tablesOf(report);
  const missing: string[] = [];
  const text = page.replace(MARKED, (whole, open: string, id: string, end: string) => {
    const table = tables.get(id);
    if (table === undefined) missing.push(id);
    return table === undefined ? whole : `${open}${table}\n${end}`;
  });
  return { text, missing };
}

/** The marks of a page, in their order. */
export function marksOf(page: string): string[] {
  return [...page.matchAll(MARKED)].map(([, , id = ""]) => id);
}

function tablesOf({ machine, parts }: Report): Map<string, string> {
  const { aims, sizing } = gathered(parts);
  return new Map([
    ["machine", `${machineTable(machine)}\n\n${partsTable(parts)}`],
    ...(aims.length === 0 ? [] : [["aims", aimsTable(aims)] as const]),
    ...(sizing.length === 0 ? [] : [["sizing", sizingTable(sizing)] as const]),
    ...parts.flatMap(({ sections }) => sections.map((section) => [section.id, sectionText(section)] as const)),
  ]);
}
