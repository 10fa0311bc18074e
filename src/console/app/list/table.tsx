/** A table whose rows become cards on a narrow screen: each cell carries its column's label. */
import { Table as Grid } from "@mantine/core";
import type { ReactNode } from "react";

export interface Column<T> {
  label: string;
  cell(row: T): ReactNode;
  /** Numbers stand at the right. */
  number?: boolean;
}

export interface TableProps<T> {
  /** What is in it, for whoever cannot see it. */
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf(row: T): string | number;
}

export function Table<T>({ label, columns, rows, keyOf }: TableProps<T>) {
  return (
    <div className="rows" tabIndex={0} role="region" aria-label={label}>
      <Grid highlightOnHover verticalSpacing={6}>
        <Grid.Thead>
          <Grid.Tr>
            {columns.map(({ label, number }) => (
              <Grid.Th key={label} scope="col" className={number ? "number" : undefined}>
                {label}
              </Grid.Th>
            ))}
          </Grid.Tr>
        </Grid.Thead>
        <Grid.Tbody>
          {rows.map((row) => (
            <Grid.Tr key={keyOf(row)}>
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
