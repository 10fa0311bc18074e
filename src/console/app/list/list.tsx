/**
 * A list of one kind of thing: search, filters, sorting, pages, each in the page's address.
 *
 * The API pages by token, at the same cost at any depth; so there is a next page and the pages before, and no numbers
 * to jump to. The tokens behind are kept here, because a token leads forward only.
 */
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { may } from "../auth/permission.ts";
import type { Page, Resource, Row } from "../resources/resource.ts";
import { transport } from "../data/transport.ts";
import { Heading } from "../parts/heading.tsx";
import { ButtonLink, navigate, useSearch } from "../route.tsx";
import { FilterInput, type Filter } from "./filter.tsx";
import { Empty, Loading, Trouble } from "../parts/states.tsx";
import { Pager } from "./pager.tsx";
import { type Column, Table } from "./table.tsx";

const PAGE_SIZE = 20;

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
}

export function List<T extends Row>(props: ListProps<T>) {
  const { resource, columns, filters = [], orders, search, intro } = props;
  const asked = useSearch();
  const shown = asked.toString();
  const { list, tokens, turn } = usePages(resource, filters, asked);
  return (
    <section aria-busy={list.isFetching}>
      <Top {...props} />
      {intro}
      <Asking key={shown} {...{ filters, orders, search, asked }} />
      {list.isPending ? <Loading /> : null}
      {list.isError ? <Trouble error={list.error} retry={() => void list.refetch()} /> : null}
      {list.data === undefined || list.isError ? null : (
        <>
          <Rows page={list.data} columns={columns} what={resource.many} filtered={shown !== ""} />
          <Pager {...list.data} tokens={tokens} busy={list.isPlaceholderData} turn={turn} />
        </>
      )}
    </section>
  );
}

/** The page that the address asks for, after those that were turned. */
function usePages<T extends Row>(resource: Resource<T>, filters: Filter[], asked: URLSearchParams) {
  const shown = asked.toString();
  const [turned, setTurned] = useState<{ of: string; tokens: string[] }>({ of: shown, tokens: [] });
  // Another question has other pages.
  const tokens = turned.of === shown ? turned.tokens : [];
  const query = {
    pageSize: PAGE_SIZE,
    pageToken: tokens.at(-1) ?? "",
    query: asked.get("q") ?? "",
    orderBy: asked.get("order") ?? "",
    filters: Object.fromEntries(filters.map(({ name }) => [name, asked.get(name) ?? ""])),
  };
  const list = useQuery({
    queryKey: [resource.path, "list", query],
    queryFn: () => resource.list.send(transport, query),
    placeholderData: keepPreviousData,
  });
  return { list, tokens, turn: (to: string[]) => setTurned({ of: shown, tokens: to }) };
}

function Top<T extends Row>({ resource, heading, actions }: ListProps<T>) {
  return (
    <Heading
      actions={
        <>
          {actions}
          {may(resource.create?.method) ? (
            <ButtonLink to={`/${resource.path}/new`} primary>
              New {resource.one}
            </ButtonLink>
          ) : null}
        </>
      }
    >
      {heading ?? resource.many.charAt(0).toUpperCase() + resource.many.slice(1)}
    </Heading>
  );
}

/** The fields above a list; what they hold becomes the page's address. */
function Asking({
  filters,
  orders,
  search,
  asked,
}: Pick<ListProps<Row>, "filters" | "orders" | "search"> & { asked: URLSearchParams }) {
  if (filters?.length === 0 && orders === undefined && search === undefined) return null;
  function ask(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const wanted = [...new FormData(event.currentTarget)].flatMap(([name, value]) =>
      typeof value === "string" && value !== "" ? [[name, value]] : [],
    );
    const text = new URLSearchParams(wanted).toString();
    navigate(location.pathname.slice("/console".length) + (text === "" ? "" : `?${text}`));
  }
  return (
    <form
      className="asking"
      role="search"
      onSubmit={ask}
      onChange={(event) => event.target instanceof HTMLSelectElement && event.currentTarget.requestSubmit()}
    >
      {search === undefined ? null : (
        <TextInput label={search} type="search" name="q" defaultValue={asked.get("q") ?? ""} maxLength={200} />
      )}
      {filters?.map((filter) => (
        <FilterInput key={filter.name} filter={filter} value={asked.get(filter.name) ?? ""} />
      ))}
      {orders === undefined ? null : (
        <NativeSelect
          label="Sorted by"
          name="order"
          defaultValue={asked.get("order") ?? ""}
          data={orders.map(([value, label]) => ({ value, label }))}
        />
      )}
      <Button type="submit" variant="default" w="fit-content">
        Find
      </Button>
    </form>
  );
}

function Rows<T extends Row>({
  page,
  columns,
  what,
  filtered,
}: {
  page: Page<T>;
  columns: Column<T>[];
  what: string;
  filtered: boolean;
}) {
  if (page.rows.length === 0) return <Empty>{filtered ? `No ${what} match.` : `There are no ${what} yet.`}</Empty>;
  return <Table label={what} columns={columns} rows={page.rows} keyOf={(row) => row.id} />;
}
