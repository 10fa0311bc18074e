/** Stores have no time zone yet: times are shown and taken in the browser's, which is named beside them. */
export function zoneName(): string {
  return Intl.DateTimeFormat("en").resolvedOptions().timeZone;
}
