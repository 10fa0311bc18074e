/** The documents: which there are, and what stands in them. */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";

export const ROOT = path.join(import.meta.dirname, "../..");

export interface Block {
  /** `sh`, `ts`, `mermaid` … */
  language: string;
  text: string;
}

/** The names of all Markdown files that are ours, relative to the repository. */
export const documents = globSync(["*.md", "clients/*/*.md", "docs/**/*.md"], { cwd: ROOT }).sort();

export function read(name: string): string {
  return readFileSync(path.join(ROOT, name), "utf8");
}

/** The fenced code blocks, in their order. */
export function blocksOf(markdown: string): Block[] {
  const found = markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms);
  return [...found].map(([, language = "", text = ""]) => ({ language, text }));
}

/** The cells of a table's rows, without its head; `head` is the text of the first cell of that. */
export function tableOf(markdown: string, head: string): string[][] {
  const lines = markdown.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${head} |`));
  const rest = lines.slice(start + 2);
  const length = rest.findIndex((line) => !line.startsWith("|"));
  return rest.slice(0, length).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
