/** Message fields that the proto's rules have already required. */

/**
 * Validation has refused a request without the field, which TypeScript cannot know.
 * @throws TypeError if the rule is missing from the proto, a bug of ours
 */
export function required<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw new TypeError(`${field} is absent: its rule in the proto is missing`);
  return value;
}
