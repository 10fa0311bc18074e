/** The question before a form is left that holds what is not saved: by a link, by Back, by closing the tab. */
import { useEffect, useState } from "react";
import { Confirm } from "../parts/confirm.tsx";
import { guardLeaving } from "../route.tsx";
import { formWords } from "./words.ts";

export function Leaving({ dirty }: { dirty: boolean }) {
  const [leave, setLeave] = useState<() => void>();
  useEffect(() => {
    if (!dirty) return undefined;
    const close = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", close);
    guardLeaving((go) => setLeave(() => go));
    return () => {
      removeEventListener("beforeunload", close);
      guardLeaving(undefined);
    };
  }, [dirty]);
  if (leave === undefined) return null;
  return (
    <Confirm
      title={formWords.leave}
      action={formWords.leaveGo}
      busy={false}
      onConfirm={() => (guardLeaving(undefined), leave())}
      onClose={() => setLeave(undefined)}
    >
      <p>{formWords.leaveText}</p>
    </Confirm>
  );
}
