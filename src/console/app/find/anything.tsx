/**
 * One field on every screen that finds an order, a product, a store, a user or a promotion: Ctrl-K or its button, a few
 * letters, arrows, Enter.
 */
import { Button, Kbd } from "@mantine/core";
import { lazy, Suspense, useEffect, useState } from "react";
import { words } from "../words/find.ts";

const dialog = () => import("./find-dialog.tsx").then(({ FindDialog }) => ({ default: FindDialog }));
const FindDialog = lazy(dialog);
/** Before it is asked for, so that no letter that is typed at once comes before the field. */
const fetchAhead = () => void dialog().catch(() => undefined);

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
  useEffect(() => {
    // Safari has no such call.
    if ("requestIdleCallback" in globalThis) requestIdleCallback(fetchAhead);
    else fetchAhead();
  }, []);
  return (
    <>
      <Button
        className="find"
        variant="default"
        size="xs"
        onClick={() => setOpen(true)}
        aria-keyshortcuts="Control+K"
        rightSection={<Kbd size="xs">{words.keys}</Kbd>}
      >
        {words.open}
      </Button>
      <Suspense>{open ? <FindDialog close={() => setOpen(false)} /> : null}</Suspense>
    </>
  );
}
