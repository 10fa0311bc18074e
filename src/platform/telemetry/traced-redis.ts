/** A span for each command that is sent to Redis inside a span, by the channels that node-redis publishes on. */
import { tracingChannel, type TracingChannelSubscribers } from "node:diagnostics_channel";
import type { Span, Tracer } from "./tracer.ts";

/** @returns ends it */
export function traceRedis(tracer: Tracer): () => void {
  const open = new WeakMap<object, Span>();
  const commands = tracingChannel<unknown, { command?: string; error?: unknown }>("node-redis:command");
  const subscribers: TracingChannelSubscribers<{ command?: string; error?: unknown }> = {
    start(event) {
      if (!tracer.isRecording()) return;
      const name = event.command ?? "command";
      // Not the keys: those of limits hold addresses.
      open.set(
        event,
        tracer.openSpan({ name, kind: "client", attributes: { "db.system.name": "redis", "db.operation.name": name } }),
      );
    },
    end: () => undefined,
    asyncStart: () => undefined,
    asyncEnd: (event) => open.get(event)?.end(event.error),
    error: () => undefined,
  };
  commands.subscribe(subscribers);
  return () => {
    commands.unsubscribe(subscribers);
  };
}
