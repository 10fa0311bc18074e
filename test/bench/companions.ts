/** Orders with a code and checkouts of carts: what they cost beside plain orders, and whether they drag these. */
import { CartService } from "../../gen/bodega/cart/v1/cart_service_pb.ts";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { pathOf } from "../../src/rpc/call.ts";
import { type CallKind, generate } from "./load.ts";
import { loadApi, ordersFor } from "./load-api.ts";
import { manyCustomers, type Customers, storeOf } from "./many-customers.ts";
import { byTurns, type Measured, ratioOf, type Row, SECONDS } from "./measured.ts";
import { productId } from "./stage.ts";
import type { ApiUnderLoad, Stage } from "./stage.ts";
import { tell } from "./tell.ts";

const CALLERS = 64;
/** Beside as many plain callers as ever; a code that everybody uses would be all of the load. */
const COMPANIONS = 8;
/** More than any machine checks out. */
const CHECKOUTS_PER_SECOND = 5_000;

const kinds = ["plain", "with a code", "checkout"] as const;
type Kind = (typeof kinds)[number];

export async function tellCompanions(stage: Stage, api: ApiUnderLoad): Promise<void> {
  const customers = await manyCustomers(stage.databaseUrl, SECONDS * CHECKOUTS_PER_SECOND);
  try {
    await tellKinds(stage, api, customers);
    await tellDrag(stage, api, customers);
  } finally {
    await customers.close();
  }
}

async function tellKinds(stage: Stage, api: ApiUnderLoad, customers: Customers): Promise<void> {
  const measure = async (kind: Kind, callers: number): Promise<Measured> => {
    const calls = await callsOf(kind, customers, { hot: false });
    return loadApi(stage, api, { protocol: "json", callers, seconds: SECONDS, calls });
  };
  for (const kind of kinds) await measure(kind, CALLERS);
  const rows = await byTurns(
    [CALLERS, 1].flatMap((callers) =>
      kinds.map((kind) => ({
        name: nameOf(kind, callers),
        ...(kind === "plain" ? {} : { yardstick: nameOf("plain", callers) }),
        measure: () => measure(kind, callers),
      })),
    ),
  );
  tell({
    id: "order-kinds",
    title: "Codes and carts",
    method:
      "Orders of two lines by JSON, one API process, each by another customer: plain, with a code that all use, and as a checkout of a cart of two lines.",
    rows,
    aims: [CALLERS, 1].flatMap((callers) =>
      (
        [
          ["with a code", 1.3],
          ["checkout", 1.5],
        ] as const
      ).flatMap(([kind, atMost]) => {
        const [row, plain] = [
          rows.find(({ name }) => name === nameOf(kind, callers)),
          rows.find(({ name }) => name === nameOf("plain", callers)),
        ];
        return [
          {
            what: `CPU of an order ${kind}, of a plain one's; ${callers} callers`,
            figure: ratioOf(row, plain, "cpuUs"),
            atMost,
          },
          {
            what: `wait (p50) for an order ${kind}, of a plain one's; ${callers} callers`,
            figure: ratioOf(row, plain, "p50Us"),
            atMost,
          },
        ];
      }),
    ),
  });
}

/** The plain callers' rate on one hot product, beside a few others of each kind. */
async function tellDrag(stage: Stage, api: ApiUnderLoad, customers: Customers): Promise<void> {
  const beside = (kind: Kind) => `plain orders beside ${COMPANIONS} callers: ${kind}`;
  const rows: Row[] = await byTurns(
    kinds.map((kind) => ({
      name: beside(kind),
      ...(kind === "plain" ? {} : { yardstick: beside("plain") }),
      async measure(): Promise<Measured> {
        const companions = await callsOf(kind, customers, { hot: true });
        const plain = [ordersFor(SECONDS, { protocol: "json", hot: true, token: stage.token })];
        const load = (calls: CallKind[], callers: number) =>
          generate("json", { host: "127.0.0.1", port: api.port, calls, callers, seconds: SECONDS });
        const [measured, others] = await Promise.all([load(plain, CALLERS), load(companions, COMPANIONS)]);
        if (measured.failed + others.failed > 0)
          throw new Error(`${measured.failed} and ${others.failed} orders were not answered with success`);
        const { done, seconds, p50Us, p95Us, p99Us } = measured;
        return { perSecond: done / seconds, p50Us, p95Us, p99Us };
      },
    })),
  );
  tell({
    id: "order-drag",
    title: "Codes and carts beside plain orders",
    method: `One hot product, JSON, one API process: what ${CALLERS} callers with plain orders get, while ${COMPANIONS} others want the same product plainly, with a code, or by a checkout.`,
    rows,
    aims: rows.slice(1).map((row) => ({
      what: `rate of ${row.name}, of plain ones'`,
      figure: ratioOf(row, rows[0], "perSecond"),
      atLeast: 0.95,
    })),
  });
}

function nameOf(kind: Kind, callers: number): string {
  return `${kind}, ${callers}`;
}

/** One call of each customer; carts are filled for it. */
async function callsOf(
  kind: Kind,
  { all, code, fillCarts }: Customers,
  { hot }: { hot: boolean },
): Promise<CallKind[]> {
  if (kind === "checkout") await fillCarts(hot);
  const path = pathOf(kind === "checkout" ? CartService.method.checkoutCart : OrderService.method.placeOrder);
  return all.map(({ token }, index) => {
    const items = (hot ? [1] : [(index % 300) + 1, (index % 300) + 2]).map((number) => ({
      productId: productId(number),
      quantity: 1,
    }));
    const order = {
      storeId: storeOf(index, hot),
      requestId: crypto.randomUUID(),
      ...(kind === "with a code" ? { promoCode: code } : {}),
    };
    return { path, token, bodies: [JSON.stringify(kind === "checkout" ? order : { ...order, items })] };
  });
}
