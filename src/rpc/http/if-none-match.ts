/** Conditional requests: whether a client has already what it asks for. */

/**
 * RFC 9110, 13.1.2: a list of tags, or `*` for whatever there is. Compared weakly, as for reads: a proxy that compresses
 * marks its copy with W/.
 */
export function namesEtag(header: string | undefined, etag: string): boolean {
  return header !== undefined && header.split(",").some((one) => [etag, `W/${etag}`, "*"].includes(one.trim()));
}
