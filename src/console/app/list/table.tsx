/** A table whose rows become cards on a narrow screen: each cell carries its column's label. */
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
    <div className="scroll" tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>
            {columns.map(({ label, number }) => (
              <th key={label} scope="col" className={number ? "number" : undefined}>
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>
              {columns.map(({ label, cell, number }) => (
                <td key={label} data-label={label} className={number ? "number" : undefined}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
