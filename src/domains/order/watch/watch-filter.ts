/** Whose changes a watcher sees: conditions that combine by AND, and how those who see a change are found. Pure. */

/** undefined: no such condition. Ids in lower case. */
export interface WatchFilter {
  userId?: string | undefined;
  orderId?: string | undefined;
  storeId?: string | undefined;
}

/** What a scope looks at in a change. */
export type Filtered = Required<Record<keyof WatchFilter, string>>;

const EVERYTHING = "everything";

export function covers(scope: WatchFilter, change: Filtered): boolean {
  const fits = (name: keyof WatchFilter) => scope[name] === undefined || scope[name] === change[name];
  return fits("orderId") && fits("userId") && fits("storeId");
}

/** Where watchers of this scope are kept: under the condition that the fewest changes fulfil. */
export function keyOf({ userId, orderId, storeId }: WatchFilter): string {
  return orderId ?? userId ?? storeId ?? EVERYTHING;
}

/** Where watchers who may see the change are kept. */
export function keysOf({ userId, orderId, storeId }: Filtered): string[] {
  return [orderId, userId, storeId, EVERYTHING];
}
