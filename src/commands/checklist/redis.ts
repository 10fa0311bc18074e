/** The checklist of Redis: it answers, and throws no job away for want of room. */
import { createClient } from "redis";
import { error, type Finding, warning } from "./finding.ts";

const CONNECT_TIMEOUT_MS = 5_000;

export async function redisServerFindings(url: string): Promise<Finding[]> {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: { connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: false },
  });
  // What is wrong is told by the command that fails.
  client.on("error", () => undefined);
  try {
    await client.connect();
    const policy = /^maxmemory_policy:(\S+)/m.exec(await client.info("memory"))?.[1] ?? "unknown";
    const text = `maxmemory-policy is ${policy}: e-mails on their way can be thrown away, and are late then. Set it to noeviction.`;
    return policy === "noeviction" ? [] : [warning("REDIS_URL", text)];
  } catch (cause) {
    return [
      error(
        "REDIS_URL",
        `its server does not answer (${cause instanceof Error ? cause.message : String(cause)}). Start it, or correct the address.`,
      ),
    ];
  } finally {
    if (client.isOpen) client.destroy();
  }
}
