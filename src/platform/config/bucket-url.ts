/** What MEDIA_URL says: the bucket that images go to, as `s3://bucket/prefix?endpoint=https://host&region=name`. */

export interface BucketAddress {
  bucket: string;
  /** Empty, or ends in a slash. */
  prefix: string;
  /** Of a server other than Amazon's; undefined for those. */
  endpoint: string | undefined;
  region: string;
}

/** What S3-compatible servers without regions go by. */
const DEFAULT_REGION = "us-east-1";

/** @throws RangeError that says what is wrong, without repeating the URL */
export function parseBucketAddress(text: string): BucketAddress {
  const url = URL.parse(text);
  if (url?.protocol !== "s3:" || url.hostname === "") throw new RangeError("it must begin with s3:// and a bucket");
  if (url.username !== "" || url.password !== "") {
    throw new RangeError("credentials go into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, not into the URL");
  }
  const unknown = [...url.searchParams.keys()].find((name) => name !== "endpoint" && name !== "region");
  if (unknown !== undefined) throw new RangeError(`"${unknown}" is neither endpoint nor region`);
  const endpoint = url.searchParams.get("endpoint") ?? undefined;
  if (endpoint !== undefined && !/^https?:$/.test(URL.parse(endpoint)?.protocol ?? "")) {
    throw new RangeError("its endpoint must be an http:// or https:// URL");
  }
  const folder = decodeURIComponent(url.pathname).replaceAll(/^\/+|\/+$/g, "");
  const region = url.searchParams.get("region") ?? DEFAULT_REGION;
  return { bucket: url.hostname, prefix: folder === "" ? "" : `${folder}/`, endpoint, region };
}
