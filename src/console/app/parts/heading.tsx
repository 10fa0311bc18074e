/** A screen's name at its top, with what can be done beside it. Who comes by a link or Back is put there by focus. */
import { Group } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import { hasNavigated } from "../route.tsx";

export function Heading({ children, actions }: { children: ReactNode; actions?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (hasNavigated() && !isTyping()) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <header className="bar">
      <h1 ref={heading} tabIndex={-1}>
        {children}
      </h1>
      {actions === undefined ? null : <Group gap="xs">{actions}</Group>}
    </header>
  );
}

/** Who has opened a dialog or begun to type meanwhile is left there. */
function isTyping(): boolean {
  return document.activeElement?.closest("[role=dialog], input, select, textarea") != null;
}
