/** The audit log: who changed what. */
import { RoleSchema } from "../../../../gen/bodega/identity/v1/user_pb.ts";
import { auditEvents } from "../resources/identity.ts";
import { enumWords } from "../data/names.ts";
import { Id, Moment } from "../parts/format.tsx";
import { List } from "../list/list.tsx";

export function Audit() {
  return (
    <List
      resource={auditEvents}
      heading="Audit log"
      filters={[
        { name: "actor", label: "Actor’s id", kind: "text" },
        { name: "rpc", label: "RPC", kind: "text" },
        { name: "type", label: "Kind of thing", kind: "text" },
        { name: "object", label: "Thing’s id", kind: "text" },
        { name: "from", label: "From", kind: "time" },
        { name: "until", label: "Until", kind: "time" },
      ]}
      columns={[
        { label: "When", cell: (row) => <Moment time={row.occurTime} /> },
        { label: "Who", cell: (row) => `${row.actorName} (${enumWords(RoleSchema, row.actorRole).toLowerCase()})` },
        { label: "Did", cell: (row) => <span title={row.rpc}>{row.rpc.split("/").at(-1)}</span> },
        {
          label: "To",
          cell: (row) => (
            <>
              {row.objectType} <Id id={row.objectId} />
            </>
          ),
        },
        { label: "Version", cell: (row) => [row.oldEtag || "new", row.newEtag || "deleted"].join(" → ") },
        { label: "Address", cell: (row) => row.address },
        { label: "Request", cell: (row) => <Id id={row.requestId} /> },
      ]}
    />
  );
}
