/** What every answer must be to bytes that may be no request at all. */
import type { Heard, Shot } from "./exchange.ts";

/** Codes of gRPC that say that something went wrong on our side: UNKNOWN, INTERNAL, DATA_LOSS. */
const FAULTS = new Set(["HTTP 500", "grpc 2", "grpc 13", "grpc 15"]);
/** HTTP/2's (RFC 9113, 7), of a stream. Of a whole connection it is also what Node says of a broken preface or of too many settings. */
const INTERNAL_ERROR = 2;

/** What is wrong with it; undefined when nothing is. */
export function wrongWithHeard({ whole }: Pick<Shot, "whole">, { statuses, resets, over }: Heard): string | undefined {
  if (statuses.some((status) => FAULTS.has(status))) return `a fault of ours: ${statuses.join(", ")}`;
  if (resets.includes(INTERNAL_ERROR)) return "a fault of ours: INTERNAL_ERROR";
  if (whole && !over) return "no end of an answer";
  return undefined;
}
