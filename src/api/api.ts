/** The API of one process: opens its parts, puts services behind steps, listens on both ports, and stops in order. */
import type { WatchLimits } from "../domains/order/watch/limits.ts";
import { type Config, requireKeyEncryption } from "../platform/config/config.ts";
import { PrimaryMonitor } from "../platform/database/primary-monitor.ts";
import type { Logger } from "../platform/telemetry/log.ts";
import type { ReplicaSet } from "../platform/database/replica-set.ts";
import { admissionBy } from "../rpc/bodies/admission.ts";
import { Health } from "../rpc/health.ts";
import { pipeline } from "../rpc/pipeline.ts";
import { listen } from "./listeners.ts";
import { openParts } from "./parts.ts";
import { pages } from "./pages.ts";
import { servicesOf } from "./services.ts";
import { stepsOf } from "./steps.ts";

export interface Api {
  port: number;
  grpcPort: number;
  /** undefined where there are none. */
  replicas: Pick<ReplicaSet, "states" | "fallbacks"> | undefined;
  /**
   * No new calls; those in flight finish, inside a bound; then everything is closed.
   * @param idleGraceMs how long idle connections of HTTP/1.1 may bring a last call; 0 unless told
   */
  stop(idleGraceMs?: number): Promise<void>;
}

export interface ApiOptions {
  /** Where they differ from the usual ones. */
  watchLimits?: Partial<WatchLimits>;
  streamPatienceMs?: number;
  /** Whether what a kind of call needs for the first time is made at the start, and not when it comes; true unless told. */
  warm?: boolean;
  maxCallsAtOnce?: number;
  /** How long a call waits for Redis before it counts by itself. */
  redisTimeoutMs?: number;
}

/** @throws StartupError when a database does not answer, a port is taken, or an RPC declares no access */
export async function startApi(
  config: Config & { databaseUrl: string },
  log: Logger,
  { watchLimits, streamPatienceMs, warm = true, maxCallsAtOnce, redisTimeoutMs }: ApiOptions = {},
): Promise<Api> {
  requireKeyEncryption(config);
  const parts = await openParts(config, log, { warm, watchLimits, redisTimeoutMs });
  const services = servicesOf(parts);
  const descriptors = services.map(({ descriptor }) => descriptor);
  const steps = stepsOf(parts, { descriptors, warm, maxCallsAtOnce });
  const rpcs = pipeline(services, steps, admissionBy(parts.identity.signIn));
  const health = new Health(descriptors.map(({ typeName }) => typeName));
  const ending = new AbortController();
  const monitor = await PrimaryMonitor.open({
    database: parts.databases.monitor,
    cut: parts.databases.all,
    onChange: (useful) => health.set(useful ? "SERVING" : "NOT_SERVING"),
    log,
  });
  const listening = { ...parts, rpcs, descriptors, health, ending: ending.signal, streamPatienceMs };
  const { ports, close } = await listen({ ...listening, pages: pages({ ...listening, monitor }) });
  return {
    ...ports,
    replicas: parts.replicas,
    async stop(idleGraceMs) {
      const unmonitored = monitor.stop();
      health.set("NOT_SERVING");
      const unwatched = parts.watches.stop();
      ending.abort();
      const cut = await close(idleGraceMs);
      if (cut) log.warn("connections were cut that did not end in time");
      await Promise.all([unmonitored, unwatched]);
      await parts.close();
    },
  };
}
