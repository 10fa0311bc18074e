/** How many rows are chosen, and what can be done with them. */
import { Button, Group } from "@mantine/core";
import { useState } from "react";
import type { Resource, Row } from "../resources/resource.ts";
import type { Selection } from "../list/selection.ts";
import { listWords } from "../list/words.ts";
import type { Act } from "./act.ts";
import { BulkDialog } from "./bulk-dialog.tsx";

export interface BulkBarProps<T extends Row> {
  resource: Resource<T>;
  acts: readonly Act<T>[];
  selection: Selection<T>;
}

export function BulkBar<T extends Row>({ resource, acts, selection }: BulkBarProps<T>) {
  const [act, setAct] = useState<Act<T>>();
  const { rows, clear } = selection;
  if (rows.length === 0 && act === undefined) return null;
  return (
    <Group className="bulk" gap="xs" mb="sm" role="region" aria-label={listWords.selectedRows}>
      <strong role="status">{listWords.selected(rows.length)}</strong>
      {acts.map((one) => (
        <Button key={one.words} size="xs" variant="default" onClick={() => setAct(one)}>
          {one.words}
        </Button>
      ))}
      <Button size="xs" variant="subtle" onClick={clear}>
        {listWords.clear}
      </Button>
      {act === undefined ? null : (
        <BulkDialog
          resource={resource}
          act={act}
          rows={rows}
          settled={(done) => selection.toggle(done, false)}
          close={() => setAct(undefined)}
        />
      )}
    </Group>
  );
}
