/**
 * Where in the console the browser is: the path below /console and what follows the question mark.
 *
 * Thirty lines over the History API, since a dozen flat addresses need no more; each is a real one, so that a reload, a
 * bookmark and the back button do what they should.
 */
import { Anchor, Button } from "@mantine/core";
import { type MouseEvent, type ReactNode, useSyncExternalStore } from "react";

const BASE = "/console";
const listeners = new Set<() => void>();

let navigated = false;

/** What is on the screen: where a Back that is asked about returns to until it is answered. */
let shown: { url: string; state: unknown } = { url: location.pathname + location.search, state: history.state };
let guard: ((leave: () => void) => void) | undefined;

addEventListener("popstate", () => {
  if (guard === undefined) return tell();
  history.pushState(shown.state, "", shown.url);
  guard(() => history.back());
});

/** @param ask is called in place of every way out of this screen, with the way; undefined lets them be taken again */
export function guardLeaving(ask: typeof guard): void {
  guard = ask;
}

/** Whether the page was left for another one since it was loaded; a first one keeps the focus where the browser put it. */
export function hasNavigated(): boolean {
  return navigated;
}

function tell(): void {
  navigated = true;
  shown = { url: location.pathname + location.search, state: history.state };
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export interface NavigateOptions {
  replace?: boolean;
  /** Kept with this entry of the browser's history, over a reload too. */
  state?: unknown;
}

/**
 * @param to a path below /console, such as `/products?q=mug`
 */
export function navigate(to: string, options: NavigateOptions = {}): void {
  if (guard === undefined) go(to, options);
  else guard(() => go(to, options));
}

function go(to: string, { replace = false, state }: NavigateOptions): void {
  if (replace) history.replaceState(state, "", BASE + to);
  else history.pushState(state, "", BASE + to);
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

/** What was kept with this entry of the history. */
export function useHistoryState(): unknown {
  return useSyncExternalStore<unknown>(subscribe, () => history.state);
}

export function hrefOf(to: string): string {
  return BASE + to;
}

/** Goes there in this page, but for the clicks by which people ask for another tab or window. */
export function follow(to: string) {
  return (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    navigate(to);
  };
}

export interface LinkProps {
  to: string;
  children: ReactNode;
  className?: string;
  label?: string;
}

export function Link({ to, children, className, label }: LinkProps) {
  return (
    <Anchor href={hrefOf(to)} onClick={follow(to)} className={className} aria-label={label} inherit>
      {children}
    </Anchor>
  );
}

/** A link that looks like a button. */
export function ButtonLink({ to, children, primary = false }: { to: string; children: ReactNode; primary?: boolean }) {
  return (
    <Button component="a" href={hrefOf(to)} onClick={follow(to)} variant={primary ? "filled" : "default"}>
      {children}
    </Button>
  );
}
