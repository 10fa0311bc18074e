/** The RPC surface of operations: how the installation runs. */
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { OperationsService } from "../../gen/bodega/operations/v1/operations_service_pb.ts";
import { PartState } from "../../gen/bodega/operations/v1/status_pb.ts";
import { shareFor } from "../platform/async/share-for.ts";
import { withTimeout } from "../platform/async/with-timeout.ts";
import type { Config } from "../platform/config/config.ts";
import { Failure } from "../platform/errors/failure.ts";
import { type Service, service } from "../rpc/service.ts";
import type { Part } from "./status/part.ts";
import { statusForCallers, type Status } from "./status/status.ts";

/** A look opens connections of its own, so that a pool that is used up is no trouble of the parts. */
const SHARED_MS = 2_000;
/** Silent parts take up to eight seconds each time that something must be asked before something else. */
const LIMIT_MS = 15_000;

export function operationsService(config: Config): Service {
  const status = shareFor(SHARED_MS, () => inTime(statusForCallers(config)));
  return service(OperationsService, {
    async getStatus() {
      const { well, time, versions, parts } = await status();
      const { postgresql, redis, ...ours } = versions;
      return {
        well,
        observeTime: timestampFromDate(new Date(time)),
        parts: parts.map(({ part, state, text, action }) => ({ name: part, state: stateOf(state), text, action })),
        versions: { ...ours, postgresql: postgresql ?? "", redis: redis ?? "" },
      };
    },
  });
}

function inTime(status: Promise<Status>): Promise<Status> {
  return withTimeout(LIMIT_MS, status, () => {
    throw new Failure("UNAVAILABLE", "The parts do not answer in time. Ask the command `status` on the server.");
  });
}

function stateOf(state: Part["state"]): PartState {
  switch (state) {
    case "ok":
      return PartState.OK;
    case "problem":
      return PartState.PROBLEM;
    case "unknown":
      return PartState.UNKNOWN;
    default:
      return state satisfies never;
  }
}
