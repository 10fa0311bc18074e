/** Conditional requests: whether a client has already what it asks for. */

/** RFC 9110, 13.1.2: a list of tags, weak or not. `*` asks for any version, which no tag can tell. */
export function namesEtag(header: string | undefined, etag: string): boolean {
  return header !== undefined && header.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}
