/** Which source file imports which, read from their texts. */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";

const SOURCE = path.join(import.meta.dirname, "../../src");

export interface Arrow {
  from: string;
  to: string;
}

/** Both are files, as paths below src/. */
export interface Import extends Arrow {
  typeOnly: boolean;
}

const IMPORT = /^(?:import|export)\s+(type\s)?[^;]*?from\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm;

export const sourceFiles = globSync("**/*.{ts,tsx,cjs}", { cwd: SOURCE }).map((file) => file.replaceAll(path.sep, "/"));
const texts = new Map(sourceFiles.map((file) => [file, readFileSync(path.join(SOURCE, file), "utf8")]));
/** Of packages and of gen/ none is here. */
export const imports: Import[] = sourceFiles.flatMap(importsOf);

export function sourceText(file: string): string {
  return texts.get(file) ?? "";
}

function importsOf(file: string): Import[] {
  return [...sourceText(file).matchAll(IMPORT)].flatMap(([, typeOnly, named, bare, called]) => {
    const what = named ?? bare ?? called ?? "";
    const to = path.posix.join(path.posix.dirname(file), what);
    return what.startsWith(".") && !to.startsWith("..") ? [{ from: file, to, typeOnly: typeOnly !== undefined }] : [];
  });
}

/** A domain and a cupboard of platform are rooms of their own. */
export function roomOf(file: string): string {
  const [room = "", inner = ""] = file.split("/");
  return room === "domains" || room === "platform" ? `${room}/${inner}` : room;
}

/** Those that lead to each other, directly or by others (Tarjan's strongly connected components of more than one). */
export function circlesOf(nodes: string[], arrows: Arrow[]): string[][] {
  const next = Map.groupBy(arrows, ({ from }) => from);
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const circles: string[][] = [];
  const visit = (node: string): number => {
    const own = order.size;
    order.set(node, own);
    let low = own;
    open.push(node);
    for (const { to } of next.get(node) ?? []) {
      if (!order.has(to)) low = Math.min(low, visit(to));
      else if (open.includes(to)) low = Math.min(low, order.get(to) ?? low);
    }
    lowest.set(node, low);
    if (low === own) {
      const circle = open.splice(open.indexOf(node));
      if (circle.length > 1) circles.push(circle.toSorted());
    }
    return low;
  };
  for (const node of nodes) if (!order.has(node)) visit(node);
  return circles;
}
