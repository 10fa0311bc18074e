/**
 * The headers of a load generator's gRPC calls, as HPACK (RFC 7541) has them on a connection that is used again: what
 * was sent once is afterwards an index into the server's table.
 */
import { text } from "../support/http2-frames.ts";

/** What a connection's server has in its table. */
export type Known = "nothing" | "common" | "token";

export interface RequestHeaders {
  /** The block to send, by what is known there; and what is known afterwards. */
  after: Record<Known, { block: Buffer; known: Known }>;
}

/** RFC 7541, appendix A. */
const STATIC = { authority: 1, methodPost: 3, path: 4, schemeHttp: 6, authorization: 23, contentType: 31 } as const;
/** The newest entry of the table; older ones follow. */
const NEWEST = 62;

/** @param token the same for all calls of a connection that have one */
export function requestHeaders({
  authority,
  path,
  token,
}: {
  authority: string;
  path: string;
  token?: string | undefined;
}): RequestHeaders {
  const call = Buffer.concat([indexed(STATIC.methodPost), indexed(STATIC.schemeHttp), unkept(STATIC.path, path)]);
  const common = [
    kept(STATIC.authority, authority),
    kept(STATIC.contentType, "application/grpc"),
    keptName("te", "trailers"),
  ];
  const authorization = token === undefined ? [] : [kept(STATIC.authorization, `Bearer ${token}`)];
  // The oldest first: the authority has to stand before what is no pseudo-header.
  const commonFrom = (newest: number) => common.map((_, index) => indexed(newest + index)).toReversed();
  const known = token === undefined ? "common" : "token";
  return {
    after: {
      nothing: { known, block: Buffer.concat([call, ...common, ...authorization]) },
      common: { known, block: Buffer.concat([call, ...commonFrom(NEWEST), ...authorization]) },
      token: {
        known: "token",
        block: Buffer.concat([call, ...commonFrom(NEWEST + 1), ...(token === undefined ? [] : [indexed(NEWEST)])]),
      },
    },
  };
}

function indexed(index: number): Buffer {
  return Buffer.from([0x80 | index]);
}

/** A header that the server is to keep, its name by index. */
function kept(name: number, value: string): Buffer {
  return Buffer.concat([Buffer.from([0x40 | name]), text(value)]);
}

function keptName(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0x40]), text(name), text(value)]);
}

function unkept(name: number, value: string): Buffer {
  return Buffer.concat([Buffer.from([name]), text(value)]);
}
