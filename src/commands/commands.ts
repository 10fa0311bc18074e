/** Every command, by the word or two that call it; each is loaded when it is called, so that none pays for another. */
import type { Command } from "./command.ts";

export const commands = new Map(
  Object.entries<() => Promise<Command>>({
    start: async () => (await import("./start.ts")).start,
    serve: async () => (await import("./serve.ts")).serve,
    worker: async () => (await import("./worker.ts")).worker,
    migrate: async () => (await import("./migrate.ts")).migrateCommand,
    seed: async () => (await import("./seed.ts")).seedCommand,
    "keys rotate": async () => (await import("./keys.ts")).keysRotate,
    "products import": async () => (await import("./products.ts")).productsImport,
    "products export": async () => (await import("./products.ts")).productsExport,
    "admin create": async () => (await import("./admin.ts")).adminCreate,
    check: async () => (await import("./check.ts")).check,
    status: async () => (await import("./status.ts")).status,
    api: async () => (await import("./api.ts")).api,
  }),
);

/** What each does in a line, by its name; only those that people call. */
export async function commandSummaries(): Promise<[name: string, summary: string][]> {
  const loaded = await Promise.all(
    Array.from(commands, async ([name, load]) => ({ name, summary: (await load()).summary })),
  );
  return loaded.flatMap(({ name, summary }) => (summary === undefined ? [] : [[name, summary]]));
}
