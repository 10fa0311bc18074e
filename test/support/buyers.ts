/** Customers who order one after the other, by several ways at once, and note what they were told. */
import { Agent } from "node:http";
import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import type { Sequelize } from "sequelize";
import * as assert from "uvu/assert";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { withToken } from "./api.ts";
import { grpcTransport } from "./grpc-transport.ts";
import { brokenInvariants } from "./invariants.ts";
import type { Shop } from "./shop.ts";

/** As gRPC's documentation gives it to every client: https://grpc.io/docs/guides/retry/ */
const RETRY_POLICY = {
  maxAttempts: 4,
  initialBackoff: "0.1s",
  maxBackoff: "1s",
  backoffMultiplier: 2,
  retryableStatusCodes: ["UNAVAILABLE"],
};
const SERVICE_CONFIG = JSON.stringify({
  methodConfig: [{ name: [{ service: OrderService.typeName }], retryPolicy: RETRY_POLICY }],
});
const TIMEOUT_MS = 10_000;

export interface Bought {
  /** Ids of orders that were acknowledged. */
  acknowledged: string[];
  /** What the others were told. */
  refused: string[];
}

export interface Buyers {
  /** So far. */
  bought: Bought;
  /** Each finishes its order. */
  stop(): Promise<Bought>;
}

export interface BuyerOptions {
  token: string;
  shop: Shop<"mug">;
  /** Of each of the two ways. */
  count: number;
}

/** By gRPC with the standard retry policy, and by JSON over kept connections of HTTP/1.1 without any retry. */
export function startBuyers(
  { baseUrl, grpcAddress }: { baseUrl: string; grpcAddress: string },
  { token, shop, count }: BuyerOptions,
): Buyers {
  const bought: Bought = { acknowledged: [], refused: [] };
  const stopping = new AbortController();
  const ends: (() => void)[] = [];

  function grpc(): Transport {
    const transport = grpcTransport(grpcAddress, { "grpc.service_config": SERVICE_CONFIG, "grpc.enable_retries": 1 });
    ends.push(() => transport.close());
    return transport;
  }

  function json(): Transport {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    ends.push(() => agent.destroy());
    return createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false, nodeOptions: { agent } });
  }

  async function buy(transport: Transport): Promise<void> {
    const client = createClient(OrderService, withToken(transport, token));
    while (!stopping.signal.aborted) {
      const request = { storeId: shop.storeId, items: shop.items({ mug: 1 }), requestId: newId() };
      await client.placeOrder(request, { timeoutMs: TIMEOUT_MS }).then(
        ({ order }) => bought.acknowledged.push(order?.id ?? ""),
        (error: unknown) => bought.refused.push(String(error)),
      );
    }
  }

  const all = Array.from({ length: count }, () => [grpc(), json()])
    .flat()
    .map(buy);
  return {
    bought,
    async stop() {
      stopping.abort();
      await Promise.all(all);
      for (const end of ends) end();
      return bought;
    },
  };
}

/** Every acknowledged order is stored, once; and the stock is what the ledger says. */
export async function assertNothingLost(
  database: Sequelize,
  shop: Shop<"mug">,
  { acknowledged }: Bought,
): Promise<void> {
  const stored = await runSql<{ id: string }>(
    database,
    "SELECT id FROM orders.orders WHERE store_id = $1 AND status = 'CONFIRMED'",
    [shop.storeId],
  );
  const ids = new Set(stored.map(({ id }) => id));
  assert.is(new Set(acknowledged).size, acknowledged.length, "an order was acknowledged twice");
  assert.equal(
    acknowledged.filter((id) => !ids.has(id)),
    [],
  );
  assert.equal(await brokenInvariants(database, shop), []);
}
