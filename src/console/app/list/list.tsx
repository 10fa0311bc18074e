/**
 * A list of one kind of thing: search, filters, sorting and pages in the page's address; columns and views by choice;
 * many chosen and changed at once; all of it as a file.
 */
import { Button, Group } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { may } from "../auth/permission.ts";
import type { Act } from "../bulk/act.ts";
import { allowed } from "../bulk/allowed.ts";
import { BulkBar } from "../bulk/bulk-bar.tsx";
import { problemOf } from "../data/problem.ts";
import { transport } from "../data/transport.ts";
import { Heading } from "../parts/heading.tsx";
import { Empty, Loading, Trouble } from "../parts/states.tsx";
import type { Resource, Row } from "../resources/resource.ts";
import { ButtonLink } from "../route.tsx";
import { type Address, useAddress } from "./address.ts";
import { Asking } from "./asking.tsx";
import { ColumnsMenu } from "./columns-menu.tsx";
import { Download } from "./download.tsx";
import type { Filter } from "./filter.tsx";
import { parseTexts, useKept } from "./kept.ts";
import { useSlash } from "./keys.ts";
import { Pager } from "./pager.tsx";
import { useSelection } from "./selection.ts";
import { type Column, Table } from "./table.tsx";
import { Views } from "./views.tsx";
import { listWords } from "./words.ts";

export interface ListProps<T extends Row> {
  resource: Resource<T>;
  columns: Column<T>[];
  filters?: Filter[];
  /** Values of order_by with their words; the first is the default. */
  orders?: [string, string][];
  search?: string;
  heading?: string;
  /** More at the top, beside "New". */
  actions?: ReactNode;
  intro?: ReactNode;
  /** What can be done to many at once. */
  acts?: readonly Act<T>[];
}

export function List<T extends Row>(props: ListProps<T>) {
  const { resource, columns, filters = [], orders, search, intro } = props;
  const address = useAddress(filters.map(({ name }) => name));
  const [hidden, hide] = useKept(`bodega.columns.${resource.path}`, parseTexts);
  useSlash();
  const { question, query } = address;
  const shown = columns.filter(({ label }) => !hidden.includes(label));
  return (
    <section>
      <Top {...props} />
      {intro}
      <Asking key={question} {...{ search, filters, orders, question }} ask={address.ask} />
      <Group gap="xs" mb="sm" justify="flex-end">
        <Views
          path={resource.path}
          now={{ question, hidden }}
          show={(view) => (hide([...view.hidden]), address.ask(new URLSearchParams(view.question)))}
        />
        <ColumnsMenu labels={columns.map(({ label }) => label)} hidden={hidden} hide={hide} />
        <Download resource={resource} query={query} columns={shown} />
      </Group>
      <Rows {...props} columns={shown} address={address} />
    </section>
  );
}

function Top<T extends Row>({ resource, heading, actions }: ListProps<T>) {
  return (
    <Heading
      actions={
        <>
          {actions}
          {may(resource.create?.method) ? (
            <ButtonLink to={`/${resource.path}/new`} primary>
              {listWords.create(resource.one)}
            </ButtonLink>
          ) : null}
        </>
      }
    >
      {heading ?? resource.many.charAt(0).toUpperCase() + resource.many.slice(1)}
    </Heading>
  );
}

type RowsProps<T extends Row> = ListProps<T> & { address: Address };

/** The page that the address asks for. */
function Rows<T extends Row>(props: RowsProps<T>) {
  const { resource, columns, acts = [], address } = props;
  const { query, tokens } = address;
  const selection = useSelection<T>(address.question);
  const list = useQuery({
    queryKey: [resource.path, "list", query],
    queryFn: () => resource.list.send(transport, query),
    placeholderData: keepPreviousData,
  });
  const offered = allowed(acts);
  if (list.isPending) return <Loading />;
  if (list.isError) return <Failed error={list.error} retry={() => void list.refetch()} address={address} />;
  const { rows } = list.data;
  return (
    <div aria-busy={list.isFetching}>
      {offered.length === 0 ? null : (
        <BulkBar
          resource={resource}
          acts={offered}
          selection={selection}
          more={tokens.length > 0 || list.data.nextPageToken !== "" ? query : undefined}
        />
      )}
      {rows.length === 0 ? (
        <Nothing many={resource.many} address={address} />
      ) : (
        <Table
          label={resource.many}
          columns={columns}
          rows={rows}
          keyOf={(row) => row.id}
          selecting={
            offered.length === 0
              ? undefined
              : { titleOf: resource.title, isSelected: selection.has, toggle: selection.toggle }
          }
          sorting={{ by: query.orderBy, sort: (by) => address.ask(withOrder(address.question, by)) }}
        />
      )}
      <Pager {...list.data} tokens={tokens} busy={list.isPlaceholderData} turn={address.turn} />
      {rows.length === 0 ? null : <p className="small keys">{listWords.keys}</p>}
    </div>
  );
}

function withOrder(question: string, by: string): URLSearchParams {
  const asked = new URLSearchParams(question);
  asked.set("order", by);
  return asked;
}

function Nothing({ many, address }: { many: string; address: Address }) {
  if (!address.isNarrowed && address.tokens.length === 0) return <Empty>{listWords.none(many)}</Empty>;
  return (
    <>
      <Empty>{listWords.noMatch(many)}</Empty>
      <Button variant="default" size="xs" onClick={() => address.ask([])}>
        {listWords.clearFilters}
      </Button>
    </>
  );
}

/** A page's token can be void, by an address of long ago: then the first page helps, and asking again does not. */
function Failed({ error, retry, address }: { error: unknown; retry(): void; address: Address }) {
  const isWayOut = address.tokens.length > 0 && !problemOf(error).passing;
  return (
    <>
      <Trouble error={error} retry={retry} />
      {isWayOut ? (
        <Button variant="default" size="xs" onClick={() => address.turn([])}>
          {listWords.firstPage}
        </Button>
      ) : null}
    </>
  );
}
