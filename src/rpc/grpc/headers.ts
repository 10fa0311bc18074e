/** The headers of a call before grpc-js reads them: what it would take for something else is put right here. */
import type { Http2Server, IncomingHttpHeaders } from "node:http2";
import { authorizationOf } from "../authorization-header.ts";

/** gRPC's "TimeoutValue TimeoutUnit", and the milliseconds of each unit. */
const TIMEOUT = /^(\d{1,8})([HMSmun])$/;
const UNIT_MS: Record<string, number> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 0.001, n: 0.000_001 };
/** Longer than any call may last; above 2³¹ milliseconds grpc-js loses count, and ends the call at once. */
const LONGEST_MS = 7 * 24 * 3_600_000;

/** Makes a gRPC server see the headers as they are meant. */
export function correctGrpcHeaders(http2: Http2Server): void {
  http2.prependListener(
    "stream",
    (_stream: unknown, headers: IncomingHttpHeaders, _flags: number, rawHeaders: string[]) => {
      const all = authorizationOf({ headers, rawHeaders });
      if (all !== undefined) headers.authorization = all;
      const timeout = headers["grpc-timeout"];
      if (timeout !== undefined) headers["grpc-timeout"] = timeoutOf(String(timeout));
    },
  );
}

/** grpc-js looks for a number and a unit anywhere, and takes `-1S` for a second: what is no timeout becomes none that it finds. */
function timeoutOf(header: string): string {
  const [, value, unit = ""] = TIMEOUT.exec(header) ?? [];
  if (value === undefined) return "malformed";
  return Number(value) * (UNIT_MS[unit] ?? 1) > LONGEST_MS ? `${LONGEST_MS / 3_600_000}H` : header;
}
