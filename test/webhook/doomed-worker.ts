/** A worker in a process of its own, so that a test can kill it; it may call loopback. */
import { startWorker } from "../../src/worker/worker.ts";
import { log, workerConfig } from "../support/environment.ts";
import { LOOPBACK } from "../support/webhook-receiver.ts";

await startWorker(workerConfig("doomed", { webhookNetworks: LOOPBACK }), { log });
