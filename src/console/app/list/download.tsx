/** A list as a file: everything that is filtered, all pages of it, with the columns that are shown. */
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Trouble } from "../parts/states.tsx";
import type { Query, Resource, Row } from "../resources/resource.ts";
import { allRows } from "./all-rows.ts";
import { csvOf } from "./csv.ts";
import type { Column } from "./table.tsx";
import { listWords } from "./words.ts";

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
    mutationFn: async () => {
      const rows = await allRows(resource, query, { maxRows: MAX_ROWS, progress: setRead });
      save(`${resource.path}.csv`, csvOf(columns, rows));
    },
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

function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
