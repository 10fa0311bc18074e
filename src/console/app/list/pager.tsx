/** To the next page of a list and back; where there is one page and nothing to count, nothing. */
import { Button, Group } from "@mantine/core";
import type { Page } from "../resources/resource.ts";
import { listWords } from "./words.ts";

export interface PagerProps extends Pick<Page<unknown>, "nextPageToken" | "total"> {
  /** Those of the pages before this one. */
  tokens: readonly string[];
  busy?: boolean;
  turn(to: string[]): void;
}

export function Pager({ nextPageToken, total, tokens, busy = false, turn }: PagerProps) {
  if (tokens.length === 0 && nextPageToken === "" && total === undefined) return null;
  const counted = total === undefined ? "" : listWords.inAll(total.size, total.estimated);
  const isFirst = tokens.length === 0;
  return (
    <nav aria-label={listWords.pages}>
      <Group mt="sm" justify="space-between">
        <Button variant="default" size="xs" disabled={isFirst || busy} onClick={() => turn(tokens.slice(0, -1))}>
          {listWords.previousPage}
        </Button>
        <span className="small">
          {[listWords.page(tokens.length + 1), counted].filter((one) => one !== "").join(" · ")}
        </span>
        <Button
          variant="default"
          size="xs"
          disabled={nextPageToken === "" || busy}
          onClick={() => turn([...tokens, nextPageToken])}
        >
          {listWords.nextPage}
        </Button>
      </Group>
    </nav>
  );
}
