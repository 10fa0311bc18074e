/** What the browser keeps of how somebody likes a list: small, of this browser only, and never what the shop knows. */
import { useState } from "react";

/** undefined for nothing kept, for what cannot be read, and where the browser keeps nothing. */
export function readKept(name: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(name) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

export function writeKept(name: string, value: unknown): void {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // A browser that is full or keeps nothing: it holds for this page.
  }
}

/** A state that is there again after a reload. @param parse gives the default for anything that it does not know */
export function useKept<T>(name: string, parse: (kept: unknown) => T): [T, (value: T) => void] {
  const [state, setState] = useState(() => ({ name, value: parse(readKept(name)) }));
  // Another list has another one.
  const value = state.name === name ? state.value : parse(readKept(name));
  const set = (next: T) => {
    setState({ name, value: next });
    writeKept(name, next);
  };
  return [value, set];
}

/** A list of texts, whatever somebody wrote there. */
export function parseTexts(kept: unknown): string[] {
  return Array.isArray(kept) ? kept.filter((one) => typeof one === "string") : [];
}
