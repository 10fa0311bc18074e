/** What a run says at its end: its figures, and of each promise whether it was kept. Pure. */
import type { SoakResult } from "./soak.ts";

/** Of each promise; the history has all. */
const MAX_SENTENCES = 10;
const FIGURE_WIDTH = 8;

export function reportOf({ figures, broken }: Pick<SoakResult, "figures" | "broken">): {
  lines: string[];
  isBroken: boolean;
} {
  const table = Object.entries(figures).map(([name, figure]) => `${String(figure).padStart(FIGURE_WIDTH)}  ${name}`);
  const promises = [...broken].flatMap(([promise, sentences]) => [
    sentences.length === 0 ? `    kept  ${promise}` : `  BROKEN  ${promise}`,
    ...shown(sentences),
  ]);
  return {
    lines: ["", ...table, "", ...promises],
    isBroken: [...broken.values()].some((sentences) => sentences.length > 0),
  };
}

function shown(sentences: string[]): string[] {
  const more = sentences.length - MAX_SENTENCES;
  return [...sentences.slice(0, MAX_SENTENCES), ...(more > 0 ? [`… and ${more} more`] : [])].map(
    (sentence) => `${" ".repeat(FIGURE_WIDTH)}  ${sentence}`,
  );
}
