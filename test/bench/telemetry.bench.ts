/**
 * What the telemetry of a call costs, in µs of CPU, beside the 180 that an order takes.
 *
 * Method: the step around a handler that does nothing, for many calls, against the handler alone; and the parts by
 * themselves. Lines of the log are written to nowhere, so that the disk is not measured. Traces last: what is loaded
 * for them stays loaded. They are dropped when the queue to the collector, which is not there, is full.
 */
import { create } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import pino from "pino";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { metrics } from "../../src/platform/metrics.ts";
import type { Answer, Call } from "../../src/rpc/call.ts";
import { inSpan, openTracing, type SamplerName } from "../../src/platform/tracing.ts";
import { beginCall } from "../../src/rpc/call-metrics.ts";
import { telemetryStep } from "../../src/rpc/steps/telemetry.ts";
import { callOf } from "../support/call.ts";

const WARM_UP = 50_000;
const TIMES = 500_000;

const nowhere = { write: () => undefined };
const answer = create(EmptySchema);
const handler = async (): Promise<Answer> => answer;
const call: Call = callOf({ method: OrderService.method.placeOrder });
const logged = telemetryStep(pino({ level: "info" }, nowhere));
const log = pino({ level: "warn" }, nowhere);
const silent = telemetryStep(log);
const SPAN = { name: "bench", kind: "internal" } as const;
const outcome = { code: "OK", durationMs: 12.3 };

async function measure(what: string, work: () => unknown): Promise<number> {
  for (let count = 0; count < WARM_UP; count++) await work();
  const before = process.cpuUsage();
  for (let count = 0; count < TIMES; count++) await work();
  const { user, system } = process.cpuUsage(before);
  const each = (user + system) / TIMES;
  console.log(`  ${what.padEnd(58)}${each.toFixed(2).padStart(6)} µs`);
  return each;
}

const alone = await measure("a handler that does nothing", handler);
const quiet = await measure("behind the step, without log lines", () => silent(call, handler));
const full = await measure("behind the step, with a log line", () => logged(call, handler));
await measure("the metrics of a call", () => beginCall(call.method)(outcome));
await measure("a count, by its label", () => metrics.orders.inc({ status: "CONFIRMED" }));
await measure("a span, where nothing is traced", () => inSpan(SPAN, handler));
const traced = new Map<SamplerName, number>();
for (const sampler of ["parentbased_always_off", "parentbased_always_on"] as const) {
  const end = await openTracing({ sampler, ratio: 1 }, "bench", log);
  traced.set(sampler, await measure(`behind the step, without log lines, traced: ${sampler}`, () => silent(call, handler)));
  await end();
}
console.log(`\n  the telemetry of a call: ${(quiet - alone).toFixed(1)} µs, and ${(full - quiet).toFixed(1)} µs for its log line`);
for (const [sampler, each] of traced) console.log(`  and ${(each - quiet).toFixed(1)} µs where traces are exported, by ${sampler}`);
