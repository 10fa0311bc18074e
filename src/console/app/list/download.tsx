/** A list as a file: everything that is filtered, all pages of it, with the columns that are shown. */
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { transport } from "../data/transport.ts";
import { Trouble } from "../parts/states.tsx";
import type { Query, Resource, Row } from "../resources/resource.ts";
import { csvOf } from "./csv.ts";
import type { Column } from "./table.tsx";
import { listWords } from "./words.ts";

const PAGE_SIZE = 100;
/** What a browser holds and a spreadsheet opens; who needs more narrows the list. */
const MAX_ROWS = 100_000;

export interface DownloadProps<T extends Row> {
  resource: Resource<T>;
  query: Query;
  columns: readonly Column<T>[];
}

export function Download<T extends Row>({ resource, query, columns }: DownloadProps<T>) {
  const [read, setRead] = useState(0);
  const download = useMutation({
    mutationFn: async () => save(`${resource.path}.csv`, csvOf(columns, await allRows(resource, query, setRead))),
  });
  return (
    <>
      <Button variant="default" size="xs" disabled={download.isPending} onClick={() => download.mutate()}>
        {download.isPending ? listWords.reading(read) : listWords.download}
      </Button>
      {download.isError ? <Trouble error={download.error} retry={() => download.mutate()} /> : null}
    </>
  );
}

async function allRows<T extends Row>(
  { list }: Resource<T>,
  query: Query,
  progress: (count: number) => void,
): Promise<T[]> {
  const rows: T[] = [];
  let pageToken = "";
  do {
    const page = await list.send(transport, { ...query, pageSize: PAGE_SIZE, pageToken });
    rows.push(...page.rows);
    progress(rows.length);
    pageToken = page.nextPageToken;
    if (rows.length >= MAX_ROWS && pageToken !== "") throw new Error(listWords.tooMany(MAX_ROWS));
  } while (pageToken !== "");
  return rows;
}

function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
