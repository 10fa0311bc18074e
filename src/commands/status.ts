/** `status`: answers "is all well?", a line for each part, for a person or for a program. */
import type { Command } from "./command.ts";
import { type Status, statusOf } from "../operations/status/status.ts";

const EXIT_NOT_WELL = 1;
const COLUMNS = { state: 9, part: 14 };

export const status: Command = {
  summary: "tell whether all is well: the database, Redis, the worker, what waits and what was given up",
  help: `Usage: node src/main.ts status [--json]

Asks DATABASE_URL's server, the replicas and REDIS_URL's, and prints a line for each part: ok, problem or unknown, how
it stands, and what to do. It changes nothing. Exits with 0 when all is well, with 1 when not. --json prints one JSON
object, which docs/is-all-well.md describes. The API processes are asked by their own /readyz and /metrics.`,
  options: { json: { type: "boolean" } },
  async run(config, { json }) {
    const found = await statusOf(config);
    console.log(json === true ? JSON.stringify(found, undefined, 2) : textOf(found));
    if (!found.well) process.exitCode = EXIT_NOT_WELL;
  },
};

function textOf({ well, parts, versions }: Status): string {
  const lines = parts.map(
    ({ state, part, text, action }) =>
      `${state.padEnd(COLUMNS.state)}${part.padEnd(COLUMNS.part)}${[text, action].join(" ").trim()}`,
  );
  const { bodega, node, postgresql, redis } = versions;
  const others = [postgresql === null ? [] : `PostgreSQL ${postgresql}`, redis ?? []].flat();
  const bad = parts.filter(({ state }) => state === "problem").map(({ part }) => part);
  return [
    ...lines,
    `${[`Bodega ${bodega}`, `Node ${node}`, ...others].join(", ")}.`,
    well ? "All is well." : `Not well: ${bad.join(", ")}.`,
  ].join("\n");
}
