/**
 * What those cost who only wait: memory of an API process for an idle connection by gRPC and by HTTP, and for an open stream.
 *
 * An API process of its own for each round. What the first hundred bring is not counted (code that is compiled, pages
 * that stay), only the growth by four thousand more, so that what the heap has to spare counts little. The kernel's buffers
 * for sockets are not in it.
 */
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import { CatalogService } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { withToken } from "../support/api.ts";
import { grpcTransport, type GrpcTransport } from "../support/grpc-transport.ts";
import { signInCustomers } from "./customers.ts";
import { median, RUNS } from "./measured.ts";
import { readOf } from "./mixed.ts";
import { type ApiUnderLoad, openStage, productId } from "./stage.ts";
import { tell } from "./tell.ts";

const FIRST = 100;
const COUNTED = 4_000;
const SETTLE_MS = 2_000;
/** Below what one user may have. */
const STREAMS_OF_USER = 10;
const STREAMS_OF_CONNECTION = 100;
const KIB = 1_024;

/** Opens one more, and waits until it has been served. @returns how to close it */
type Open = (api: ApiUnderLoad, number: number) => Promise<() => void>;

const stage = await openStage();
const kinds: { name: string; open: Open }[] = [
  { name: "an idle connection by HTTP/1.1", open: openHttp },
  { name: "an idle connection by gRPC", open: openGrpc },
  {
    name: "an open stream of WatchOrders by gRPC, a hundred on a connection",
    open: streams(await signInCustomers(stage.databaseUrl, (FIRST + COUNTED) / STREAMS_OF_USER)),
  },
];
try {
  const each = kinds.map(({ name }) => ({ name, kib: [] as number[] }));
  for (let round = 0; round < RUNS; round++) {
    for (const [index, { open }] of kinds.entries()) each[index]?.kib.push(await kibOfOne(open));
  }
  tell({
    id: "idle",
    title: "Memory of those who only wait",
    method: `Resident memory of one API process: its growth by ${COUNTED} after the first ${FIRST}, each of which was served once; ${RUNS} rounds, each with a new process.`,
    table: {
      head: ["Of each", "KiB", "rounds"],
      rows: each.map(({ name, kib }) => [name, median(kib).toFixed(0), kib.map((one) => one.toFixed(0)).join(", ")]),
    },
    sizing: each.map(({ name, kib }) => ({ what: `memory for ${name}`, figure: `${median(kib).toFixed(0)} KiB` })),
  });
} finally {
  await stage.stop();
}

async function kibOfOne(open: Open): Promise<number> {
  const api = await stage.startApi(1);
  const closes: (() => void)[] = [];
  const levels: number[] = [];
  for (const upTo of [FIRST, FIRST + COUNTED]) {
    while (closes.length < upTo) closes.push(await open(api, closes.length));
    await sleep(SETTLE_MS);
    levels.push(api.residentBytes());
  }
  for (const close of closes) close();
  await api.stop();
  const [first = 0, all = 0] = levels;
  return (all - first) / COUNTED / KIB;
}

async function openHttp({ port }: ApiUnderLoad): Promise<() => void> {
  const socket = connect({ host: "127.0.0.1", port });
  const { path, bodies } = readOf("json", CatalogService.method.getProduct, [{ id: productId(1) }]);
  socket.write(`GET ${path}${bodies[0] ?? ""} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`);
  await once(socket, "data");
  return () => socket.destroy();
}

async function openGrpc({ grpcPort }: ApiUnderLoad): Promise<() => void> {
  const transport = grpcTransport(`127.0.0.1:${grpcPort}`, { "grpc.use_local_subchannel_pool": 1 });
  await createClient(CatalogService, transport).getProduct({ id: productId(1) });
  return () => transport.close();
}

function streams(tokens: string[]): Open {
  let transport: GrpcTransport | undefined;
  return async ({ grpcPort }, number) => {
    if (number % STREAMS_OF_CONNECTION === 0)
      transport = grpcTransport(`127.0.0.1:${grpcPort}`, { "grpc.use_local_subchannel_pool": 1 });
    const own = transport;
    if (own === undefined) throw new Error("streams are opened from number 0 on");
    const leaving = new AbortController();
    const client = createClient(OrderService, withToken(own, tokens[Math.floor(number / STREAMS_OF_USER)] ?? ""));
    const messages = client.watchOrders({}, { signal: leaving.signal })[Symbol.asyncIterator]();
    await messages.next();
    return () => {
      leaving.abort();
      // The stream ends with the refusal that it was cancelled.
      messages.next().catch(() => undefined);
      if (number % STREAMS_OF_CONNECTION === STREAMS_OF_CONNECTION - 1) own.close();
    };
  };
}
