/** The server under test as deployments run it: `serve` with two processes, whose life and memory are watched. */
import { FAULT } from "../../../src/rpc/http/last-resort.ts";
import { startTestApi, type TestApi } from "../../support/api.ts";
import { dataDir } from "../../support/environment.ts";
import { childrenOf } from "../../support/processes.ts";
import { type RunningCommand, startRunning } from "../../support/running.ts";
import { isReady } from "../../support/served.ts";
import { until } from "../../support/until.ts";
import type { Deed, Target } from "./deed.ts";
import { atRest, inUseOf, lifeWrong, loopMsOfOne, mebibytes, receivingMs } from "./life.ts";

const WORKERS = 2;
const COLLECTS = new URL("collects.ts", import.meta.url).href;

export interface Judged {
  /** Undefined when nothing is. */
  wrong: string | undefined;
  /** Of the event loops, for each request. */
  loopMs: number;
}

export class ServerUnderTest {
  readonly #served: RunningCommand;
  readonly #helper: TestApi;
  readonly #target: Target;
  #pids: number[] = [];
  #looked = 0;

  private constructor(served: RunningCommand, helper: TestApi, ports: Target["ports"]) {
    this.#served = served;
    this.#helper = helper;
    this.#target = { ports, tokens: { admin: "", customer: "" }, rests: () => atRest(this.#pids) };
  }

  static async start(): Promise<ServerUnderTest> {
    const helper = await startTestApi();
    const served = startRunning("serve", {
      WORKERS: String(WORKERS),
      NODE_OPTIONS: `--import=${COLLECTS}`,
      IN_USE_FOLDER: dataDir,
    });
    const { port = 0, grpcPort = 0 } = await served.line("serving");
    const server = new ServerUnderTest(served, helper, { PORT: port, GRPC_PORT: grpcPort });
    await server.#allServe();
    return server;
  }

  /** What a deed does to those who did it is not to end what others do. */
  async signInAgain(): Promise<void> {
    const [admin, customer] = await Promise.all([this.#helper.signUp("ADMIN"), this.#helper.signUp("CUSTOMER")]);
    Object.assign(this.#target.tokens, { admin: admin.token, customer: customer.token });
  }

  /** Does it, alone, and says what is wrong with what came of it, in its answers, in the log and with the processes. */
  async judge(deed: Deed): Promise<Judged> {
    let wrong: string | undefined;
    const all = await loopMsOfOne(this.#pids, async () => (wrong = await deed.done(this.#target)), deed.requests);
    const loopMs = all / deed.requests - receivingMs(deed.bytes ?? 0);
    const now = childrenOf(this.#served.pid);
    wrong = lifeWrong({ before: this.#pids, now, loopMs }) ?? wrong ?? this.#logged();
    if (wrong !== undefined) await this.#allServe();
    return { wrong, loopMs };
  }

  #logged(): string | undefined {
    const lines = this.#served.lines.slice(this.#looked);
    this.#looked = this.#served.lines.length;
    const line = lines.find(({ msg, code }) => msg === FAULT || code === "Internal" || code === "Unknown");
    return line === undefined ? undefined : `logged ${JSON.stringify(line)}`;
  }

  async #allServe(): Promise<void> {
    const { PORT } = this.#target.ports;
    await until(
      "all processes serve",
      async () => childrenOf(this.#served.pid).length === WORKERS && (await isReady(`http://127.0.0.1:${PORT}`)),
    );
    this.#pids = childrenOf(this.#served.pid);
    await atRest(this.#pids);
  }

  /** Bytes that all processes use after a collection, together. */
  async inUse(): Promise<number> {
    const each = await Promise.all(this.#pids.map((pid) => inUseOf(pid, dataDir)));
    console.log(
      `in use: ${each.map(({ inUse, rss }) => `${mebibytes(inUse)} MiB (${mebibytes(rss)} of the system)`).join(", ")}`,
    );
    return each.reduce((sum, { inUse }) => sum + inUse, 0);
  }

  /** @returns the exit code */
  async stop(): Promise<number | null> {
    const code = await this.#served.stop();
    await this.#helper.stop();
    return code;
  }
}
