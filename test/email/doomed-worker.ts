/** A worker in a process of its own, so that a test can kill it. Its argument is the mail server's URL. */
import { startWorker } from "../../src/worker/worker.ts";
import { log, workerConfig } from "../support/environment.ts";

await startWorker(workerConfig("doomed", { smtpUrl: process.argv[2] }), { log });
