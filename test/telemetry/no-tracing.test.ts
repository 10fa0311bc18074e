/**
 * Without OTEL_EXPORTER_OTLP_ENDPOINT nothing of OpenTelemetry's SDK is loaded.
 *
 * Method: every module that is asked for is noted, by a hook into Node's resolution, while API and worker start.
 */
import { registerHooks } from "node:module";
import { test } from "uvu";
import * as assert from "uvu/assert";

/** prom-client loads the API, which is types and empty functions. */
const SDK = /^@opentelemetry\/(?!api)/;
const asked: string[] = [];
registerHooks({
  resolve(specifier, context, next) {
    asked.push(specifier);
    return next(specifier, context);
  },
});

test("the SDK is loaded when traces are exported, and not before", async () => {
  const { startTestApi } = await import("../support/api.ts");
  const { startWorker } = await import("../../src/worker/worker.ts");
  const { log, workerConfig } = await import("../support/environment.ts");
  const { openTracing } = await import("../../src/platform/telemetry/tracing.ts");
  const config = workerConfig("no-tracing");
  assert.is(config.tracing, undefined);
  const endNothing = await openTracing(config.tracing, "test", log);
  const [api, worker] = [await startTestApi(), await startWorker(config, { log })];
  await Promise.all([api.stop(), worker.stop()]);
  await endNothing();
  assert.ok(asked.length > 100);
  assert.equal(
    asked.filter((specifier) => SDK.test(specifier)),
    [],
  );

  const endTracing = await openTracing({ sampler: "always_off", ratio: 1 }, "test", log);
  await endTracing();
  assert.ok(asked.some((specifier) => SDK.test(specifier)));
});

test.run();
