/**
 * The steps of an empty call by themselves, without a server around them: `node steps-alone.ts` with DATABASE_URL, TOKEN and
 * SECONDS; prints microseconds of CPU a call as JSON.
 */
import { fromBinary } from "@bufbuild/protobuf";
import { OrderService, PlaceOrderRequestSchema } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { callOf } from "../support/call.ts";
import { emptyRpcs } from "./empty-rpcs.ts";
import { bodyOf } from "./order-body.ts";

const BATCH = 1_000;
const WARM_BATCHES = 50;

const { placeOrder } = OrderService.method;
const run = (await emptyRpcs(process.env["DATABASE_URL"] ?? "")).find(({ method }) => method === placeOrder)?.run;
const headers = { authorization: `Bearer ${process.env["TOKEN"] ?? ""}` };
const bytes = Buffer.from(bodyOf("grpc", false), "base64");

for (let warmed = 0; warmed < WARM_BATCHES; warmed++) await batch();
const before = process.cpuUsage();
const endMs = performance.now() + Number(process.env["SECONDS"]) * 1_000;
let calls = 0;
for (; performance.now() < endMs; calls += BATCH) await batch();
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify((user + system) / calls));
process.exit();

async function batch(): Promise<void> {
  for (let call = 0; call < BATCH; call++) {
    await run?.(
      callOf({ method: placeOrder, headers, requestId: "", decode: () => fromBinary(PlaceOrderRequestSchema, bytes) }),
    );
  }
}
