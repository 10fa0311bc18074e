/**
 * Images in S3-compatible storage, by Amazon's client: for API processes on several machines.
 *
 * Checksums are sent and checked only where an operation requires them: newer ones than S3-compatible servers know
 * would be refused, and the names are checksums already.
 */
import { Readable } from "node:stream";
import type { GetObjectCommandOutput, S3Client } from "@aws-sdk/client-s3";
import { Failure } from "../../platform/errors/failure.ts";
import type { BucketAddress } from "../../platform/config/bucket-url.ts";
import type { MediaStore } from "./image-store.ts";

/** Storage that is away must not hold an upload for long; the caller repeats it. */
const CONNECT_TIMEOUT_MS = 2_000;
const REQUEST_TIMEOUT_MS = 15_000;
const MAX_TRIES = 2;
const RETRY_AFTER_MS = 5_000;
/** Downloads that run at once, in each process. */
const MAX_SOCKETS = 64;
const CACHE_CONTROL = "public, max-age=31536000, immutable";

/** @param address of MEDIA_URL; credentials come from AWS_ACCESS_KEY_ID and the other usual variables */
export async function mediaBucket({ bucket, prefix, endpoint, region }: BucketAddress): Promise<MediaStore> {
  // Only who has a bucket pays for loading the client.
  const { S3Client, GetObjectCommand, HeadObjectCommand, NoSuchKey, NotFound, PutObjectCommand } =
    await import("@aws-sdk/client-s3");
  const client: S3Client = new S3Client({
    region,
    // Servers other than Amazon's have no host name for each bucket.
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    maxAttempts: MAX_TRIES,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: MAX_SOCKETS },
      httpsAgent: { maxSockets: MAX_SOCKETS },
    },
  });
  const keyOf = (name: string) => prefix + name;
  return {
    async keep(name, bytes, type) {
      const put = { Bucket: bucket, Key: keyOf(name), Body: bytes, ContentType: type, CacheControl: CACHE_CONTROL };
      await client.send(new PutObjectCommand(put)).catch(away);
    },

    async open(name) {
      try {
        return stored(await client.send(new GetObjectCommand({ Bucket: bucket, Key: keyOf(name) })));
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        return away(error);
      }
    },

    async sizeOf(name) {
      try {
        return (await client.send(new HeadObjectCommand({ Bucket: bucket, Key: keyOf(name) }))).ContentLength;
      } catch (error) {
        // An answer to HEAD has no body that could say which key is missing.
        if (error instanceof NotFound) return undefined;
        return away(error);
      }
    },

    close: () => client.destroy(),
  };
}

function stored({ Body: body, ContentLength: sizeBytes }: GetObjectCommandOutput) {
  if (!(body instanceof Readable) || sizeBytes === undefined)
    throw new TypeError("the storage answered without a body");
  return { sizeBytes, body };
}

function away(cause: unknown): never {
  throw new Failure("UNAVAILABLE", "The storage of images is away. Try again shortly.", {
    retryAfterMs: RETRY_AFTER_MS,
    cause,
  });
}
