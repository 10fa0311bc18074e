/** A relay in a process of its own that stops in the middle: events have their positions, and are not handed on yet. */
import { startRelay } from "../../src/outbox/relay.ts";
import { log, openTestDatabase } from "../support/environment.ts";

startRelay({
  database: openTestDatabase(),
  log,
  consumers: [
    {
      name: "email",
      async handle(events) {
        process.send?.(events.map(({ orderId }) => orderId));
        await new Promise(() => undefined);
      },
    },
  ],
});
