/** The rows of a resource that a field may name, such as a product's category. */
import { useQuery } from "@tanstack/react-query";
import type { Resource, Row } from "../resources/resource.ts";
import { transport } from "../data/transport.ts";

/** A list to choose from; a shop with more is better searched than scrolled. */
const MOST = 500;
const PAGE_SIZE = 100;

export function useOptions<T extends Row>(resource: Resource<T>): { value: string; words: string }[] {
  const { data = [] } = useQuery({ queryKey: [resource.path, "options"], queryFn: () => allOf(resource) });
  return data;
}

async function allOf<T extends Row>(resource: Resource<T>) {
  const found: { value: string; words: string }[] = [];
  let pageToken = "";
  do {
    const page = await resource.list.send(transport, {
      pageSize: PAGE_SIZE,
      pageToken,
      query: "",
      orderBy: "",
      filters: {},
    });
    found.push(...page.rows.map((row) => ({ value: row.id, words: resource.title(row) })));
    pageToken = page.nextPageToken;
  } while (pageToken !== "" && found.length < MOST);
  return found;
}
