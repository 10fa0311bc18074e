/** How many rows are chosen, and what can be done with them. */
import { Button, Group } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { Query, Resource, Row } from "../resources/resource.ts";
import { allRows } from "../list/all-rows.ts";
import type { Selection } from "../list/selection.ts";
import { Trouble } from "../parts/states.tsx";
import { listWords } from "../list/words.ts";
import type { Act } from "./act.ts";
import { BulkDialog } from "./bulk-dialog.tsx";

export interface BulkBarProps<T extends Row> {
  resource: Resource<T>;
  acts: readonly Act<T>[];
  selection: Selection<T>;
  /** The list's question, where there are more rows than its page shows. */
  more: Query | undefined;
}

export function BulkBar<T extends Row>({ resource, acts, selection, more }: BulkBarProps<T>) {
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
      {more === undefined ? null : <SelectMatching resource={resource} query={more} selection={selection} />}
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

/** One after the other they take some minutes; more of them are a file's work. */
const MAX_SELECTED = 1_000;

function SelectMatching<T extends Row>({
  resource,
  query,
  selection,
}: {
  resource: Resource<T>;
  query: Query;
  selection: Selection<T>;
}) {
  const select = useMutation({
    mutationFn: () => allRows(resource, query, { maxRows: MAX_SELECTED }),
    onSuccess: (rows) => selection.toggle(rows, true),
  });
  return (
    <>
      <Button size="xs" variant="default" loading={select.isPending} onClick={() => select.mutate()}>
        {listWords.selectMatching}
      </Button>
      {select.isError ? <Trouble error={select.error} /> : null}
    </>
  );
}
