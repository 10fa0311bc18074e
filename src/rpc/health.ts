/**
 * `grpc.health.v1.Health` on both listeners: grpc-health-check on gRPC's, the same statuses by Connect.
 *
 * The package only adds itself to a grpc-js server, so the Connect side reads a map of our own that is set together
 * with it.
 */
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import type { Server } from "@grpc/grpc-js";
import { HealthImplementation } from "grpc-health-check";
import {
  Health as HealthService,
  HealthCheckResponse_ServingStatus as Status,
  HealthCheckResponseSchema,
} from "../../gen/grpc/health/v1/health_pb.ts";
import { stopping } from "./limits.ts";
import { toConnectError } from "./error-details.ts";

type ServingStatus = "SERVING" | "NOT_SERVING";

/** "" stands for the whole server (the health protocol's own convention). */
const WHOLE_SERVER = "";

export class Health {
  readonly #grpc = new HealthImplementation();
  readonly #statuses = new Map<string, ServingStatus>();
  #changed = Promise.withResolvers<void>();

  /** Starts as NOT_SERVING. @param services full names, such as bodega.order.v1.OrderService */
  constructor(services: string[]) {
    for (const name of [WHOLE_SERVER, ...services]) this.#statuses.set(name, "NOT_SERVING");
    this.set("NOT_SERVING");
  }

  set(status: ServingStatus): void {
    for (const name of this.#statuses.keys()) {
      this.#statuses.set(name, status);
      this.#grpc.setStatus(name, status);
    }
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  addToGrpc(server: Server): void {
    this.#grpc.addToServer(server);
  }

  addToConnect(router: ConnectRouter): void {
    router.service(HealthService, {
      check: ({ service }) => {
        const status = this.#statuses.get(service);
        if (status === undefined) throw noService(service);
        return { status: Status[status] };
      },
      list: () => ({
        statuses: Object.fromEntries(
          [...this.#statuses].map(([name, status]) => [
            name,
            create(HealthCheckResponseSchema, { status: Status[status] }),
          ]),
        ),
      }),
      watch: ({ service }, { signal }) => this.#watch(service, signal),
    });
  }

  /** Tells the status now, then each change, until the watcher leaves or the server ends. */
  async *#watch(service: string, signal: AbortSignal) {
    const left = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    let told: Status | undefined;
    for (;;) {
      const changed = this.#changed.promise;
      const name = this.#statuses.get(service);
      const status = name === undefined ? Status.SERVICE_UNKNOWN : Status[name];
      if (status !== told) yield { status };
      told = status;
      if (signal.aborted) throw toConnectError(stopping());
      await Promise.race([changed, left]);
    }
  }
}

/** What is told back stands in a header, of which no client reads more than some kilobytes. */
function noService(name: string): ConnectError {
  return new ConnectError(`There is no service ${name.slice(0, 200)} here.`, Code.NotFound);
}
