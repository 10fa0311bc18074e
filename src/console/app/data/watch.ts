/**
 * The orders as they change, for as long as somebody looks: reconnects with growing pauses, and goes on where it was by
 * the resume token, so that nothing is missed or shown twice.
 */
import { createClient, type Transport } from "@connectrpc/connect";
import { OrderService } from "../../../../gen/bodega/order/v1/order_service_pb.ts";
import type { OrderEvent } from "../../../../gen/bodega/order/v1/order_event_pb.ts";
import { problemOf } from "./problem.ts";

export type WatchState = "connecting" | "live" | "reconnecting";

export interface Watching {
  transport: Transport;
  event(event: OrderEvent): void;
  state(state: WatchState): void;
  signal: AbortSignal;
}

/** The server says something every 15 seconds; a stream that says nothing for longer has died without a word. */
const MOST_SILENCE_MS = 40_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;

export async function watchOrders({ transport, event, state, signal }: Watching): Promise<void> {
  const client = createClient(OrderService, transport);
  let resumeToken = "";
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    const watchdog = watchdogOf(signal);
    try {
      for await (const { message } of client.watchOrders({ resumeToken }, { signal: watchdog.signal })) {
        watchdog.heard();
        pauseMs = FIRST_PAUSE_MS;
        state("live");
        if (message.value !== undefined) resumeToken = message.value.resumeToken;
        if (message.case === "event") event(message.value);
      }
    } catch (error) {
      if (problemOf(error).reason === "RESUME_TOKEN_EXPIRED") resumeToken = "";
    } finally {
      watchdog.stop();
    }
    if (signal.aborted) return;
    state("reconnecting");
    await pause(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}

/** Ends a stream that is silent for too long, and one of a browser that goes offline. */
function watchdogOf(signal: AbortSignal) {
  const silent = new AbortController();
  const giveUp = () => silent.abort();
  let timer = setTimeout(giveUp, MOST_SILENCE_MS);
  addEventListener("offline", giveUp);
  return {
    signal: AbortSignal.any([signal, silent.signal]),
    heard() {
      clearTimeout(timer);
      timer = setTimeout(giveUp, MOST_SILENCE_MS);
    },
    stop() {
      clearTimeout(timer);
      removeEventListener("offline", giveUp);
    },
  };
}

/** Ends early when the browser is connected again, or nobody looks any more. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    addEventListener("online", done);
    signal.addEventListener("abort", done);
  });
}
