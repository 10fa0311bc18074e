/** Which bulk acts are offered. */
import { may } from "../auth/permission.ts";
import type { Row } from "../resources/resource.ts";
import type { Act } from "./act.ts";

/** Those that the caller may do. */
export function allowed<T extends Row>(acts: readonly Act<T>[]): readonly Act<T>[] {
  return acts.filter(({ method }) => may(method));
}
