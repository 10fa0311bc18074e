/**
 * One field on every screen that finds an order, a product, a store, a user or a promotion: Ctrl-K or its button, a few
 * letters, arrows, Enter.
 */
import { useQueries } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useState } from "react";
import { Dialog } from "../parts/confirm.tsx";
import { Empty, Loading, Trouble } from "../parts/states.tsx";
import { Link } from "../route.tsx";
import { type Found, sources } from "./sources.ts";

/** One letter finds everything and nothing. */
const FEWEST_LETTERS = 2;
/** Who types on is not done asking. */
const PAUSE_MS = 200;

export function FindAnything() {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const press = (event: globalThis.KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      setOpen(true);
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
  return (
    <>
      <button type="button" className="find" onClick={() => setOpen(true)} aria-keyshortcuts="Control+K">
        Search <kbd>Ctrl K</kbd>
      </button>
      {open ? <FindDialog close={() => setOpen(false)} /> : null}
    </>
  );
}

function FindDialog({ close }: { close(): void }) {
  const [typed, setTyped] = useState("");
  const query = useSettled(typed.trim());
  return (
    <Dialog title="Search everything" onClose={close}>
      <div className="finding" onKeyDown={moveFocus}>
        <label>
          Order, e-mail, name, product, store, promotion
          {/* No field of type search: Escape would empty it and not close the dialog. */}
          <input role="searchbox" value={typed} onChange={(event) => setTyped(event.target.value)} maxLength={200} />
        </label>
        <div onClick={(event) => event.target instanceof Element && event.target.closest("a") !== null && close()}>
          {query.length < FEWEST_LETTERS ? null : <Results query={query} />}
        </div>
        <button type="button" onClick={close}>
          Close
        </button>
      </div>
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
      {isPending ? <Loading what="Looking" /> : null}
      {error === undefined || error === null ? null : <Trouble error={error} />}
      {isNothing && !isPending && !error ? <Empty>Nothing is found by “{query}”.</Empty> : null}
    </div>
  );
}

function Kind({ many, rows }: { many: string; rows: readonly Found[] }) {
  return (
    <>
      <h3>{many.charAt(0).toUpperCase() + many.slice(1)}</h3>
      <ul>
        {rows.map(({ to, title, detail }) => (
          <li key={to}>
            <Link to={to}>
              {title} <span className="small">{detail}</span>
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
