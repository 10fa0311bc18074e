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
import { metrics } from "../../src/platform/telemetry/metrics.ts";
import type { Answer, Call } from "../../src/rpc/call.ts";
import { inSpan, openTracing } from "../../src/platform/telemetry/tracing.ts";
import { beginCall } from "../../src/rpc/call-metrics.ts";
import { telemetryStep } from "../../src/rpc/steps/telemetry.ts";
import { callOf } from "../support/call.ts";
import { byTurns, figureOf, type Row, type Subject } from "./measured.ts";
import { tell } from "./tell.ts";

const WARM_UP = 50_000;
const TIMES = 100_000;

const nowhere = { write: () => undefined };
const answer = create(EmptySchema);
const handler = async (): Promise<Answer> => answer;
const call: Call = callOf({ method: OrderService.method.placeOrder });
const logged = telemetryStep(pino({ level: "info" }, nowhere));
const log = pino({ level: "warn" }, nowhere);
const silent = telemetryStep(log);
const SPAN = { name: "bench", kind: "internal" } as const;
const outcome = { code: "OK", durationMs: 12.3 };

const rows: Row[] = await byTurns([
  subject("a handler that does nothing", handler),
  subject("behind the step, without log lines", () => silent(call, handler)),
  subject("behind the step, with a log line", () => logged(call, handler)),
  subject("the metrics of a call", () => beginCall(call.method)(outcome)),
  subject("a count, by its label", () => metrics.orders.inc({ status: "CONFIRMED" })),
  subject("a span, where nothing is traced", () => inSpan(SPAN, handler)),
]);
for (const sampler of ["parentbased_always_off", "parentbased_always_on"] as const) {
  const end = await openTracing({ sampler, ratio: 1 }, "bench", log);
  rows.push(
    ...(await byTurns([
      subject(`behind the step, without log lines, traced: ${sampler}`, () => silent(call, handler)),
    ])),
  );
  await end();
}
tell({
  id: "telemetry",
  title: "What the telemetry of a call costs",
  method: `The step around a handler that does nothing, ${TIMES} times a round, in CPU of this process; log lines go nowhere, spans to a collector that is not there.`,
  table: {
    head: ["What", "µs"],
    rows: rows.map((row) => [row.name, (figureOf(row, "apiUs") ?? 0).toFixed(2)]),
  },
});

function subject(name: string, work: () => unknown): Subject {
  return {
    name,
    async measure() {
      for (let count = 0; count < WARM_UP; count++) await work();
      const before = process.cpuUsage();
      for (let count = 0; count < TIMES; count++) await work();
      const { user, system } = process.cpuUsage(before);
      return { apiUs: (user + system) / TIMES };
    },
  };
}
