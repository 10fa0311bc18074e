/** Whether Redis answers, and which version it is. */
import { createClient } from "redis";
import { messageOf } from "../../platform/telemetry/outage.ts";
import { type Audience, ok, placeFor, problem, reasonFor } from "./part.ts";

const NO_TIME_MS = 5_000;

/** What the server says of itself: "Redis 8.0.1", "Valkey 8.1.0". @throws when it does not answer in time */
export async function redisServer(url: string): Promise<string> {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: { connectTimeout: NO_TIME_MS, socketTimeout: NO_TIME_MS, reconnectStrategy: false },
  });
  // What is wrong is told by the command that fails.
  client.on("error", () => undefined);
  try {
    await client.connect();
    const info = await client.info("server");
    const [, valkey] = /^valkey_version:(\S+)/m.exec(info) ?? [];
    return valkey === undefined ? `Redis ${/^redis_version:(\S+)/m.exec(info)?.[1] ?? ""}` : `Valkey ${valkey}`;
  } finally {
    if (client.isOpen) client.destroy();
  }
}

/** @param asked its version, or why it does not answer */
export async function redisState(url: string | undefined, asked: Promise<string> | undefined, audience: Audience) {
  if (url === undefined || asked === undefined)
    return problem("REDIS_URL is not set.", "Set it: without Redis no worker starts.");
  const at = placeFor(audience, new URL(url).host);
  try {
    return ok(`${await asked}${at} answers.`);
  } catch (error) {
    return problem(
      `The server${at} does not answer${reasonFor(audience, messageOf(error))}. Orders go on; limits count in each process by itself, e-mails wait.`,
      "Start it again, or correct REDIS_URL.",
    );
  }
}
