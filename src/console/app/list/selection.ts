/** The rows that somebody chose: over all pages of one question; another question begins with none. */
import { useState } from "react";
import type { Row } from "../resources/resource.ts";

export interface Selection<T> {
  rows: readonly T[];
  has(row: T): boolean;
  toggle(rows: readonly T[], to: boolean): void;
  clear(): void;
}

export function useSelection<T extends Row>(question: string): Selection<T> {
  const [state, setState] = useState<{ of: string; rows: ReadonlyMap<string, T> }>({ of: question, rows: new Map() });
  const rows: ReadonlyMap<string, T> = state.of === question ? state.rows : new Map();
  const set = (next: ReadonlyMap<string, T>) => setState({ of: question, rows: next });
  return {
    rows: [...rows.values()],
    has: ({ id }) => rows.has(id),
    toggle(some, to) {
      const next = new Map(rows);
      for (const row of some) {
        if (to) next.set(row.id, row);
        else next.delete(row.id);
      }
      set(next);
    },
    clear: () => set(new Map()),
  };
}
