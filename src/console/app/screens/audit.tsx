/** The audit log: who did what to which thing, in sentences. */
import { useQuery } from "@tanstack/react-query";
import { type AuditEvent } from "../../../../gen/bodega/identity/v1/audit_event_pb.ts";
import { IdentityService } from "../../../../gen/bodega/identity/v1/identity_service_pb.ts";
import { Role } from "../../../../gen/bodega/identity/v1/user_pb.ts";
import { call } from "../data/call.ts";
import { transport } from "../data/transport.ts";
import { List } from "../list/list.tsx";
import { Id, Moment } from "../parts/format.tsx";
import { auditEvents } from "../resources/identity.ts";
import { Link, useSearch } from "../route.tsx";
import { addressOf, changeLine, deedOf, words } from "../words/audit.ts";

/** Who runs shops is fewer than this; who is not among them is found by a link to their account. */
const MOST_PEOPLE = 100;

export function Audit() {
  return (
    <List
      resource={auditEvents}
      heading={words.heading}
      filters={[
        { name: "actor", label: words.person, kind: "one-of", path: "people", options: usePeople },
        { name: "type", label: words.kind, kind: "one-of", path: "kinds", options: kinds },
        { name: "from", label: words.from, kind: "time" },
        { name: "until", label: words.until, kind: "time" },
        { name: "object", label: words.object, kind: "text" },
      ]}
      columns={[
        { label: words.when, cell: (row) => <Moment time={row.occurTime} /> },
        { label: words.what, cell: (row) => <Sentence event={row} /> },
        { label: words.address, cell: (row) => row.address },
        { label: words.request, cell: (row) => <Id id={row.requestId} /> },
      ]}
    />
  );
}

function Sentence({ event }: { event: AuditEvent }) {
  const { before, names, after, changes } = deedOf(event);
  return (
    <span title={event.rpc}>
      <Actor event={event} /> {before} {names ? <Thing event={event} /> : null} {after}
      {changes.length === 0 ? null : (
        <ul className="small">
          {changes.map((change) => (
            <li key={change.path}>{changeLine(change)}</li>
          ))}
        </ul>
      )}
    </span>
  );
}

function Actor({ event: { actorId, actorName, actorRole, address } }: { event: AuditEvent }) {
  // A command on the server is nobody's account.
  if (address === "") return <strong>{actorName}</strong>;
  const to = actorRole === Role.SERVICE ? "/service-keys" : `/users/${actorId}`;
  return <Link to={to}>{actorName}</Link>;
}

function Thing({ event }: { event: AuditEvent }) {
  const { objectId, objectName } = event;
  const to = addressOf(event);
  if (objectName === "") return <Id id={objectId} {...(to === undefined ? {} : { to })} />;
  return to === undefined ? <strong>{objectName}</strong> : <Link to={to}>{objectName}</Link>;
}

function kinds(): { value: string; words: string }[] {
  return Object.entries(words.kinds).map(([value, name]) => ({ value, words: name }));
}

/** Who may have done something: admins, and service keys, revoked ones too. Who is named by the address is among them. */
function usePeople(): { value: string; words: string }[] {
  const chosen = useSearch().get("actor") ?? "";
  const { data = [] } = useQuery({ queryKey: ["people"], queryFn: people });
  const isAway = chosen !== "" && data.length > 0 && !data.some(({ value }) => value === chosen);
  return isAway ? [...data, { value: chosen, words: chosen }] : data;
}

async function people(): Promise<{ value: string; words: string }[]> {
  const { method } = IdentityService;
  const [{ users }, { serviceKeys }] = await Promise.all([
    call(transport, method.listUsers, { role: Role.ADMIN, pageSize: MOST_PEOPLE }),
    call(transport, method.listServiceKeys, { pageSize: MOST_PEOPLE }),
  ]);
  return [
    ...users.map(({ id, username }) => ({ value: id, words: username })),
    ...serviceKeys.map(({ id, name }) => ({ value: id, words: `${name} (${words.service})` })),
  ];
}
