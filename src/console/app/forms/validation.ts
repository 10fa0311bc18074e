/**
 * The proto's rules, run before anything is sent: the same rules by the same library as on the server.
 *
 * The library is fetched when a form is first sent, so that the first view does not wait for it.
 */
import { pathToString } from "@bufbuild/protobuf/reflect";
import type { Wish } from "./draft.ts";
import { patternWords } from "./pattern-words.ts";
import type { Writing } from "../resources/resource.ts";

/** What is broken, by the field's name in the form. */
export async function brokenRules<T>(writing: Writing<T>, { row, more }: Wish<T>): Promise<Record<string, string>> {
  const { createValidator } = await import("@bufbuild/protovalidate");
  const result = createValidator().validate(writing.method.input, writing.request(row, more));
  if (result.kind === "error") throw result.error;
  if (result.kind === "valid") return {};
  return Object.fromEntries(
    result.violations.map(({ field, message, ruleId }) => [
      nameOf(pathToString(field), ruleId, writing.field),
      wordsOf(message || ruleId, writing.field),
    ]),
  );
}

/** protovalidate's own sentence. */
const PATTERN_BROKEN = /^does not match regex pattern `(.*)`$/;

/** `product.title must be given` stands beside the title of a product. */
function wordsOf(message: string, resource: string): string {
  const [, pattern] = PATTERN_BROKEN.exec(message) ?? [];
  if (pattern !== undefined) return `must be ${patternWords(pattern) || "without signs that cannot be printed"}`;
  return message.replaceAll(`${resource}.`, "").replaceAll("_", " ");
}

/** `product.price.units` and the rule `product.price.given` are both about `price`. */
function nameOf(path: string, ruleId: string, resource: string): string {
  const given = /\.(\w+)\.(?:given|kept)$/.exec(ruleId)?.[1];
  if (given !== undefined) return given;
  return path.replace(new RegExp(`^${resource}\\.`), "").split(/[.[]/, 1)[0] ?? path;
}
