/** Health: whether all is well, part by part, and what to do where it is not. */
import { Button } from "@mantine/core";
import { useQuery } from "@connectrpc/connect-query";
import type { GetStatusResponse } from "../../../../gen/bodega/operations/v1/operations_service_pb.ts";
import { OperationsService } from "../../../../gen/bodega/operations/v1/operations_service_pb.ts";
import { type Part, PartState, type Versions } from "../../../../gen/bodega/operations/v1/status_pb.ts";
import { type Column, Table } from "../list/table.tsx";
import { Badge, Moment, type Tone } from "../parts/format.tsx";
import { Heading } from "../parts/heading.tsx";
import { Loading, Trouble } from "../parts/states.tsx";
import { words } from "../words/health.ts";

const AGAIN_MS = 15_000;

const tones: Readonly<Record<number, Tone>> = {
  [PartState.UNSPECIFIED]: "plain",
  [PartState.OK]: "good",
  [PartState.PROBLEM]: "bad",
  [PartState.UNKNOWN]: "wait",
};

const columns: Column<Part>[] = [
  { label: words.part, cell: ({ name }) => name },
  {
    label: words.state,
    cell: ({ state }) => <Badge words={words.states[state] ?? String(state)} tone={tones[state] ?? "plain"} />,
  },
  { label: words.stands, cell: ({ text }) => text },
  { label: words.action, cell: ({ action }) => action },
];

export function Health() {
  const status = useQuery(OperationsService.method.getStatus, {}, { refetchInterval: AGAIN_MS });
  const look = () => void status.refetch();
  return (
    <section aria-busy={status.isFetching}>
      <Heading
        actions={
          <Button variant="default" onClick={look}>
            {words.again}
          </Button>
        }
      >
        {words.heading}
      </Heading>
      {status.isPending ? <Loading what={words.looking} /> : null}
      {status.isError ? <Trouble error={status.error} retry={look} /> : null}
      {status.data === undefined || status.isError ? null : <Told status={status.data} />}
    </section>
  );
}

function Told({ status: { well, parts, versions, observeTime } }: { status: GetStatusResponse }) {
  const bad = parts.filter(({ state }) => state !== PartState.OK).map(({ name }) => name);
  return (
    <>
      <p role="status">
        <strong>{well ? words.well : words.notWell(bad)}</strong>
      </p>
      <Table label={words.parts} columns={columns} rows={parts} keyOf={({ name }) => name} />
      <div className="part">
        <h2>{words.versions}</h2>
        {versions === undefined ? null : <Running versions={versions} />}
        <p className="small">
          {words.looked} <Moment time={observeTime} />
        </p>
      </div>
    </>
  );
}

function Running({ versions: { bodega, node, postgresql, redis } }: { versions: Versions }) {
  const named = [
    ["Bodega", bodega],
    ["Node.js", node],
    ["PostgreSQL", postgresql],
    ["Redis", redis],
  ];
  return (
    <dl className="facts">
      {named.map(([name, version]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{version === "" ? words.none : version}</dd>
        </div>
      ))}
    </dl>
  );
}
