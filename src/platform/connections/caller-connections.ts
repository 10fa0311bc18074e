/** How many connections each port of an API process takes: what its descriptors leave, and no more than it has memory for. */
import type { Config } from "../config/config.ts";
import { connectionLimit, type LimitConnections } from "./connection-limit.ts";
import { descriptorLimit } from "./file-descriptors.ts";
import type { Logger } from "../telemetry/log.ts";

/** Of one port: an idle one takes some 20 KiB, with TLS and HTTP/2 some 70, so that all of them stay below a gigabyte. */
const MOST = 8_000;
/** A process that could take fewer would be of no use; it is told so by `check`. */
const LEAST = 16;
/** For all that is neither a caller nor the database: the program, logs, images, the bucket, Redis, what traces go to. */
const OTHER_DESCRIPTORS = 128;
/** One address has at most so much of them, whatever RATE_LIMITS says. */
const SHARE_OF_ADDRESS = 0.5;

type Bounded = Pick<Config, "databasePool" | "databaseReplicaUrls" | "rateLimits" | "trustedProxies">;

/** So many descriptors serve MOST connections on both ports. */
export function descriptorsWanted(config: Bounded): number {
  return 2 * MOST + descriptorsBeside(config);
}

/** Each port has its own half, so that strangers on PORT take nothing from the services that call GRPC_PORT. */
export function connectionsOfPort(config: Bounded, descriptors = descriptorLimit()): number {
  return Math.min(MOST, Math.max(LEAST, Math.floor((descriptors - descriptorsBeside(config)) / 2)));
}

export function callerConnectionLimit(port: "PORT" | "GRPC_PORT", config: Bounded, log: Logger): LimitConnections {
  const most = connectionsOfPort(config);
  const { connections } = config.rateLimits;
  const ofAddress =
    connections === undefined
      ? undefined
      : { most: Math.min(connections, Math.ceil(most * SHARE_OF_ADDRESS)), trustedProxies: config.trustedProxies };
  return connectionLimit({ port, most, ofAddress, log });
}

function descriptorsBeside({ databasePool, databaseReplicaUrls }: Bounded): number {
  return OTHER_DESCRIPTORS + databasePool * (1 + databaseReplicaUrls.length);
}
