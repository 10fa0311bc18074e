/** The dialog in which anything is found: a few letters, arrows, Enter. */
import { Stack, Text, TextInput, Title } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useState } from "react";
import { Dialog } from "../parts/confirm.tsx";
import { Empty, Loading, Trouble } from "../parts/states.tsx";
import { Link } from "../route.tsx";
import { type Found, sources } from "./sources.ts";
import { words } from "../words/find.ts";

/** One letter finds everything and nothing. */
const FEWEST_LETTERS = 2;
/** Who types on is not done asking. */
const PAUSE_MS = 200;

export function FindDialog({ close }: { close(): void }) {
  const [typed, setTyped] = useState("");
  const query = useSettled(typed.trim());
  return (
    <Dialog title={words.heading} onClose={close} closesOutside>
      <Stack gap="sm" onKeyDown={moveFocus}>
        {/* No field of type search: Escape would empty it and not close the dialog. */}
        <TextInput
          label={words.field}
          role="searchbox"
          data-autofocus
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          maxLength={200}
        />
        <div onClick={(event) => event.target instanceof Element && event.target.closest("a") !== null && close()}>
          {query.length < FEWEST_LETTERS ? null : <Results query={query} />}
        </div>
      </Stack>
    </Dialog>
  );
}

function Results({ query }: { query: string }) {
  const all = sources();
  const answers = useQueries({
    queries: all.map(({ many, find }) => ({ queryKey: ["find", many, query], queryFn: () => find(query) })),
  });
  const error = answers.find(({ isError }) => isError)?.error;
  const isPending = answers.some((answer) => answer.isPending);
  const found = all.map(({ many }, index) => ({ many, rows: answers[index]?.data ?? [] }));
  const isNothing = found.every(({ rows }) => rows.length === 0);
  return (
    <div role="status" aria-live="polite">
      {found.map(({ many, rows }) => (rows.length === 0 ? null : <Kind key={many} many={many} rows={rows} />))}
      {isPending ? <Loading what={words.looking} /> : null}
      {error === undefined || error === null ? null : <Trouble error={error} />}
      {isNothing && !isPending && !error ? <Empty>{words.nothing(query)}</Empty> : null}
    </div>
  );
}

function Kind({ many, rows }: { many: string; rows: readonly Found[] }) {
  return (
    <>
      <Title order={3} size="h6" mt="xs">
        {many.charAt(0).toUpperCase() + many.slice(1)}
      </Title>
      <ul className="plain">
        {rows.map(({ to, title, detail }) => (
          <li key={to}>
            <Link to={to}>
              {title}{" "}
              <Text span size="xs" c="dimmed">
                {detail}
              </Text>
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Up and down go through the field and what it found; Enter in the field opens the first. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const stops = [...event.currentTarget.querySelectorAll<HTMLElement>("input, a")];
  const at = stops.findIndex((stop) => stop === document.activeElement);
  if (event.key === "Enter" && stops[at] instanceof HTMLInputElement) stops[1]?.click();
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step === 0) return;
  event.preventDefault();
  stops[Math.min(Math.max(at + step, 0), stops.length - 1)]?.focus();
}

/** The value once it has not changed for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}
