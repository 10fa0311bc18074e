/** Somebody else was faster: what they made of it and what is typed here, side by side, and a choice. */
import type { DescField } from "@bufbuild/protobuf";
import type { Draft } from "../data/draft.ts";
import { type Value, valuesOf } from "../data/fields.ts";
import type { Resource, Row } from "../data/resource.ts";
import { sentence } from "./format.tsx";

export interface OvertakenProps<T extends Row> {
  resource: Resource<T>;
  draft: Draft<T>;
  theirs: T;
  fields: readonly DescField[];
  takeTheirs(): void;
  keepMine(): void;
}

export function Overtaken<T extends Row>({ resource, draft, theirs, fields, takeTheirs, keepMine }: OvertakenProps<T>) {
  const stored = valuesOf(resource.schema, theirs, fields);
  const different = fields.filter(({ name }) => words(stored[name]) !== words(draft.values[name]));
  return (
    <div className="trouble" role="alert">
      <p><strong>Somebody else changed this {resource.one} while you were editing. Nothing was saved.</strong></p>
      <table>
        <thead><tr><th scope="col">Field</th><th scope="col">Stored now</th><th scope="col">Yours</th></tr></thead>
        <tbody>
          {different.map(({ name }) => (
            <tr key={name}>
              <th scope="row">{sentence(name)}</th>
              <td data-label="Stored now">{words(stored[name])}</td>
              <td data-label="Yours">{words(draft.values[name])}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="small">Reason <code>STALE_ETAG</code></p>
      <div className="actions">
        <button type="button" onClick={takeTheirs}>Take what is stored</button>
        <button type="button" className="danger" onClick={keepMine}>Save mine over it</button>
      </div>
    </div>
  );
}

function words(value: Value | undefined): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "string" ? value : (value ?? []).join(", ");
}
