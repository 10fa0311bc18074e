/** A table whose rows become cards on a narrow screen: each cell carries its column's label. */
import { Checkbox, Table as Grid, UnstyledButton } from "@mantine/core";
import type { ReactNode } from "react";
import { moveInRows } from "./keys.ts";
import { listWords } from "./words.ts";

export interface Column<T> {
  label: string;
  cell(row: T): ReactNode;
  /** For files, where the cell is more than a text. */
  text?(row: T): string;
  /** Numbers stand at the right. */
  number?: boolean;
  /** Values of order_by by which this column sorts. */
  sort?: readonly [up: string, down: string];
}

export interface TableProps<T> {
  /** What is in it, for whoever cannot see it. */
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf(row: T): string | number;
  selecting?: Selecting<T> | undefined;
  sorting?: Sorting | undefined;
}

export interface Selecting<T> {
  titleOf(row: T): string;
  isSelected(row: T): boolean;
  toggle(rows: readonly T[], to: boolean): void;
}

export interface Sorting {
  /** The value of order_by. */
  by: string;
  sort(by: string): void;
}

export function Table<T>(props: TableProps<T>) {
  const { label, columns, rows, keyOf, selecting } = props;
  return (
    <div className="rows" tabIndex={0} role="region" aria-label={label} onKeyDown={moveInRows}>
      <Grid highlightOnHover verticalSpacing={6}>
        <Head {...props} />
        <Grid.Tbody>
          {rows.map((row) => (
            <Grid.Tr key={keyOf(row)} tabIndex={-1} aria-selected={selecting?.isSelected(row)}>
              {selecting === undefined ? null : (
                <Grid.Td className="select">
                  <Checkbox
                    aria-label={listWords.select(selecting.titleOf(row))}
                    checked={selecting.isSelected(row)}
                    onChange={(event) => selecting.toggle([row], event.target.checked)}
                  />
                </Grid.Td>
              )}
              {columns.map(({ label, cell, number }) => (
                <Grid.Td key={label} data-label={label} className={number ? "number" : undefined}>
                  {cell(row)}
                </Grid.Td>
              ))}
            </Grid.Tr>
          ))}
        </Grid.Tbody>
      </Grid>
    </div>
  );
}

function Head<T>({ columns, rows, selecting, sorting }: TableProps<T>) {
  const selected = selecting === undefined ? 0 : rows.filter((row) => selecting.isSelected(row)).length;
  return (
    <Grid.Thead>
      <Grid.Tr>
        {selecting === undefined ? null : (
          <Grid.Th scope="col" className="select">
            <Checkbox
              aria-label={listWords.selectAll}
              checked={rows.length > 0 && selected === rows.length}
              indeterminate={selected > 0 && selected < rows.length}
              onChange={(event) => selecting.toggle(rows, event.target.checked)}
            />
          </Grid.Th>
        )}
        {columns.map((column) => (
          <HeadCell key={column.label} column={column} sorting={sorting} />
        ))}
      </Grid.Tr>
    </Grid.Thead>
  );
}

function HeadCell<T>({ column, sorting }: { column: Column<T>; sorting: Sorting | undefined }) {
  const { label, number, sort } = column;
  const className = number ? "number" : undefined;
  if (sort === undefined || sorting === undefined)
    return (
      <Grid.Th scope="col" className={className}>
        {label}
      </Grid.Th>
    );
  const [up, down] = sort;
  const now = sorting.by === up ? "ascending" : sorting.by === down ? "descending" : "none";
  return (
    <Grid.Th scope="col" className={className} aria-sort={now}>
      <UnstyledButton className="sort" onClick={() => sorting.sort(now === "ascending" ? down : up)}>
        {label} <span aria-hidden="true">{{ ascending: "↑", descending: "↓", none: "↕" }[now]}</span>
      </UnstyledButton>
    </Grid.Th>
  );
}
