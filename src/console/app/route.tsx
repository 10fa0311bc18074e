/**
 * Where in the console the browser is: the path below /console and what follows the question mark.
 *
 * Thirty lines over the History API, since a dozen flat addresses need no more; each is a real one, so that a reload, a
 * bookmark and the back button do what they should.
 */
import { type MouseEvent, type ReactNode, useSyncExternalStore } from "react";

const BASE = "/console";
const listeners = new Set<() => void>();

addEventListener("popstate", tell);

function tell(): void {
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** @param to a path below /console, such as `/products?q=mug` */
export function navigate(to: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, "", BASE + to);
  else history.pushState(null, "", BASE + to);
  if (!replace) scrollTo(0, 0);
  tell();
}

/** The parts of the path: `["products", "new"]`. */
export function usePath(): string[] {
  const path = useSyncExternalStore(subscribe, () => location.pathname);
  return path
    .slice(BASE.length)
    .split("/")
    .filter((part) => part !== "");
}

export function useSearch(): URLSearchParams {
  return new URLSearchParams(useSyncExternalStore(subscribe, () => location.search));
}

export interface LinkProps {
  to: string;
  children: ReactNode;
  className?: string;
  current?: boolean;
  label?: string;
}

export function Link({ to, children, className, current = false, label }: LinkProps) {
  function follow(event: MouseEvent) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    navigate(to);
  }
  return (
    <a
      href={BASE + to}
      className={className}
      onClick={follow}
      aria-current={current ? "page" : undefined}
      aria-label={label}
    >
      {children}
    </a>
  );
}
