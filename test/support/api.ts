/** A real API for a test file: the server in this process on free ports, over the file's own database. */
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import type { Sequelize } from "sequelize";
import { AnalyticsService } from "../../gen/bodega/analytics/v1/analytics_service_pb.ts";
import { CartService } from "../../gen/bodega/cart/v1/cart_service_pb.ts";
import { CatalogService } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { IdentityService } from "../../gen/bodega/identity/v1/identity_service_pb.ts";
import { InventoryService } from "../../gen/bodega/inventory/v1/inventory_service_pb.ts";
import { NotificationService } from "../../gen/bodega/notification/v1/notification_service_pb.ts";
import { OperationsService } from "../../gen/bodega/operations/v1/operations_service_pb.ts";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { PromotionService } from "../../gen/bodega/promotion/v1/promotion_service_pb.ts";
import { hashPassword } from "../../src/domains/identity/password/password-hash.ts";
import { type Config, readConfig } from "../../src/platform/config/config.ts";
import { runSql, openDatabase } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { openLog } from "../../src/platform/telemetry/log.ts";
import { type Api, type ApiOptions, startApi } from "../../src/api/api.ts";
import { type GrpcTransport, grpcTransport } from "./grpc-transport.ts";

/** Tests come from one address, and many people sign in; those of the limits set their own. */
const UNLIMITED = { RATE_LIMITS: "off" };
export const PASSWORD = "correct horse battery";

export interface TestApi {
  config: Config & { databaseUrl: string };
  /** For what a test looks up or sets up behind the API's back; as the tables' owner, who may do more than the API. */
  database: Sequelize;
  /** http://127.0.0.1:port */
  baseUrl: string;
  grpcAddress: string;
  replicas: Api["replicas"];
  /** Connect JSON over HTTP/1.1 and gRPC by grpc-js. */
  connect: Transport;
  grpc: GrpcTransport;
  /** The typed clients, by Connect JSON unless told, signed in where a token is given. */
  clients(options?: { token?: string; transport?: Transport }): Clients;
  /** A user with PASSWORD, written into the database; the token is from Login. */
  signUp(role: "CUSTOMER" | "ADMIN"): Promise<TestUser>;
  stop(): Promise<void>;
}

export interface TestUser {
  id: string;
  email: string;
  token: string;
}

export interface Clients {
  identity: Client<typeof IdentityService>;
  catalog: Client<typeof CatalogService>;
  inventory: Client<typeof InventoryService>;
  order: Client<typeof OrderService>;
  cart: Client<typeof CartService>;
  promotion: Client<typeof PromotionService>;
  notification: Client<typeof NotificationService>;
  analytics: Client<typeof AnalyticsService>;
  operations: Client<typeof OperationsService>;
}

/** Of processes that count together in a test: on a busy machine Redis takes longer than a caller would wait. */
export const PATIENT_WITH_REDIS = { redisTimeoutMs: 10_000 };

/** On the file's own database, unless the environment names others. */
export async function startTestApi(
  environment: Record<string, string> = {},
  options: ApiOptions = {},
): Promise<TestApi> {
  const databaseUrl = environment["DATABASE_URL"] ?? process.env["TEST_DATABASE_URL"] ?? "";
  const ownerUrl = environment["DATABASE_OWNER_URL"] ?? process.env["TEST_DATABASE_OWNER_URL"] ?? "";
  const dataDir = process.env["TEST_DATA_DIR"];
  const config = {
    ...readConfig({ PORT: "0", GRPC_PORT: "0", DATA_DIR: dataDir, ...UNLIMITED, ...environment }),
    databaseUrl,
  };
  const log = openLog({ level: config.logLevel === "info" ? "silent" : config.logLevel, name: "test" });
  // A file makes few kinds of calls, so it does not prepare for all; but where limits wait for Redis, nothing may hold up its answers.
  const api = await startApi(config, log, { warm: environment["REDIS_URL"] !== undefined, ...options });
  const database = openDatabase({ url: ownerUrl, pool: 3, name: "test" });
  const baseUrl = `http://127.0.0.1:${api.port}`;
  const grpcAddress = `127.0.0.1:${api.grpcPort}`;
  const grpc = grpcTransport(grpcAddress);
  const connect = createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: false });

  function clients({ token, transport = connect }: { token?: string; transport?: Transport } = {}): Clients {
    return clientsBy(token === undefined ? transport : withToken(transport, token));
  }

  return {
    config,
    database,
    baseUrl,
    grpcAddress,
    replicas: api.replicas,
    connect,
    grpc,
    clients,
    async signUp(role) {
      const user = await insertUser(database, role);
      const { tokens } = await clients().identity.login({ login: user.email, password: PASSWORD });
      return { ...user, token: tokens?.accessToken ?? "" };
    },
    async stop() {
      grpc.close();
      await Promise.all([api.stop(), database.close()]);
    },
  };
}

/** The typed clients of one transport. */
export function clientsBy(transport: Transport): Clients {
  return {
    identity: createClient(IdentityService, transport),
    catalog: createClient(CatalogService, transport),
    inventory: createClient(InventoryService, transport),
    order: createClient(OrderService, transport),
    cart: createClient(CartService, transport),
    promotion: createClient(PromotionService, transport),
    notification: createClient(NotificationService, transport),
    analytics: createClient(AnalyticsService, transport),
    operations: createClient(OperationsService, transport),
  };
}

let passwordHash: Promise<string> | undefined;

/** A user with PASSWORD, behind the API's back. */
export async function insertUser(database: Sequelize, role: string): Promise<{ id: string; email: string }> {
  passwordHash ??= hashPassword(PASSWORD);
  const id = newId();
  const name = `u${id.replaceAll("-", "").slice(-20)}`;
  await runSql(
    database,
    "INSERT INTO identity.users (id, email, username, role, password_hash) VALUES ($1, $2, $3, $4, $5)",
    [id, `${name}@test.example`, name, role, await passwordHash],
  );
  return { id, email: `${name}@test.example` };
}

/** The transport with an authorization header on every call. */
export function withToken(transport: Transport, token: string): Transport {
  const signed = (header: ConstructorParameters<typeof Headers>[0] | undefined) => {
    const headers = new Headers(header);
    headers.set("authorization", `Bearer ${token}`);
    return headers;
  };
  return {
    unary: (method, signal, timeoutMs, header, input, values) =>
      transport.unary(method, signal, timeoutMs, signed(header), input, values),
    stream: (method, signal, timeoutMs, header, input, values) =>
      transport.stream(method, signal, timeoutMs, signed(header), input, values),
  };
}
