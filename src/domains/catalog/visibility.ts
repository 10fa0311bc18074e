/** Who sees what of the catalog: inactive rows are for admins. */
import type { Call } from "../../rpc/call.ts";

/** Inactive categories and products are for admins. */
export interface Visibility {
  inactive: boolean;
}

export function visibilityFor({ caller }: Call): Visibility {
  return { inactive: caller?.role === "ADMIN" };
}
