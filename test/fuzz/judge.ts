/** What every answer must be, whatever was asked. */
import type { DescField, DescMessage, DescMethod } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { type Reason, reasons } from "../../src/platform/errors/failure.ts";
import type { Broken } from "./faults.ts";
import type { Outcome } from "./wire.ts";

/** What was sent: of a `broken` request it is known what must be said of it. */
export type Asked = "valid" | "hostile" | "spoilt" | Broken["fault"];

/** What HTTP itself says of a request that is in none of our protocols. */
const HTTP_REFUSALS = new Set(["HTTP 400", "HTTP 404", "HTTP 405", "HTTP 415", "HTTP 431"]);

/** What is wrong with the answer; undefined when nothing is. */
export function wrongWith(
  { input }: DescMethod,
  asked: Asked,
  { code, reason, domain, fields }: Outcome,
): string | undefined {
  if (typeof asked === "object" && !(reason === "INVALID_FIELDS" && fields.includes(asked.path)))
    return `breaks ${asked.rule} of "${asked.path}", and the answer blames ${JSON.stringify(fields)}`;
  if (code.startsWith("HTTP"))
    return asked === "spoilt" && HTTP_REFUSALS.has(code) ? undefined : "no answer in the protocol that was asked in";
  if (code === "OK") return undefined;
  if (code === "Internal" || code === "Unknown") return "a fault of ours";
  if (!isReason(reason) || domain !== "bodega") return "an error without ErrorInfo of ours";
  if (Code[reasons[reason][0]] !== code) return `${reason} has another code`;
  if (asked === "valid" && reason === "MALFORMED_REQUEST") return "a message that was not read";
  const unknown = fields.filter((field) => !isPath(input, field));
  return unknown.length === 0 ? undefined : `blames fields that there are not: ${unknown.join(", ")}`;
}

function isReason(reason: string | undefined): reason is Reason {
  return reason !== undefined && Object.hasOwn(reasons, reason);
}

/** Whether `items[2].product_id` is a field of the request; empty is the request itself. */
function isPath(desc: DescMessage, path: string): boolean {
  let at: DescMessage | undefined = desc;
  for (const name of path === "" ? [] : path.split(".")) {
    const field: DescField | undefined = at?.fields.find((field) => field.name === name.replace(/\[\d+\]$/, ""));
    if (field === undefined) return false;
    at = field.message;
  }
  return true;
}
