/** Who calls: signed in over both ways, and known to the run by a name. */
import { Agent } from "node:http";
import { createConnectTransport } from "@connectrpc/connect-node";
import { type Clients, clientsBy } from "../support/api.ts";
import { grpcTransport } from "../support/grpc-transport.ts";
import type { Way } from "./workload.ts";

/** The two ways to the API, for as many accounts as there are. */
export interface Ways {
  clients: Record<Way, Clients>;
  close(): void;
}

/** What grpc-js waits before it connects again grows to two minutes; here the API is back in seconds. */
const RECONNECT = {
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.min_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 1_000,
};

export function openWays({ baseUrl, grpcAddress }: { baseUrl: string; grpcAddress: string }): Ways {
  const grpc = grpcTransport(grpcAddress, RECONNECT);
  const agent = new Agent({ keepAlive: true });
  const json = createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false, nodeOptions: { agent } });
  return {
    clients: { gRPC: clientsBy(grpc), JSON: clientsBy(json) },
    close() {
      grpc.close();
      agent.destroy();
    },
  };
}

export class Account {
  readonly userId: string;
  readonly #login: { login: string; password: string };
  readonly #ways: Ways;
  #token = "";

  constructor(userId: string, login: { login: string; password: string }, ways: Ways) {
    this.userId = userId;
    this.#login = login;
    this.#ways = ways;
  }

  by(way: Way): Clients {
    return this.#ways.clients[way];
  }

  /** Of every call; the id goes with the order's events and names the call in the database. */
  headers(callId: string): Record<string, string> {
    return { authorization: `Bearer ${this.#token}`, "x-request-id": callId };
  }

  async signIn(way: Way, timeoutMs: number): Promise<void> {
    const { tokens } = await this.by(way).identity.login(this.#login, { timeoutMs });
    this.#token = tokens?.accessToken ?? "";
  }
}
