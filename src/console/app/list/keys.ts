/** A list by keyboard: arrows go from row to row, Enter opens one, Space chooses it, `/` goes to the filter. */
import { type KeyboardEvent, useEffect } from "react";

/** For the region around a table. */
export function moveInRows(event: KeyboardEvent<HTMLElement>): void {
  // What is in a cell keeps its own keys.
  if (!(event.target instanceof HTMLElement) || (event.target !== event.currentTarget && event.target.tagName !== "TR"))
    return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>("tbody tr")];
  const row = rows.find((one) => one === event.target);
  const at = row === undefined ? -1 : rows.indexOf(row);
  const act = {
    ArrowDown: () => rows[Math.min(at + 1, rows.length - 1)]?.focus(),
    ArrowUp: () => rows[Math.max(at - 1, 0)]?.focus(),
    Home: () => rows[0]?.focus(),
    End: () => rows.at(-1)?.focus(),
    Enter: () => row?.querySelector<HTMLElement>("a")?.click(),
    " ": () => row?.querySelector<HTMLElement>("input[type=checkbox]")?.click(),
  };
  const wanted = Object.entries(act).find(([key]) => key === event.key)?.[1];
  if (wanted === undefined) return;
  event.preventDefault();
  wanted();
}

/** `/` anywhere on the page where nobody types goes to the first field above the list. */
export function useSlash(): void {
  useEffect(() => {
    const press = (event: globalThis.KeyboardEvent) => {
      const isTyping =
        event.target instanceof Element && event.target.closest("input, select, textarea, dialog, [role=dialog]");
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
      const field = document.querySelector<HTMLElement>("main form[role=search] :is(input, select)");
      if (field === null) return;
      event.preventDefault();
      field.focus();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
