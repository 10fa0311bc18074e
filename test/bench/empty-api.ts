/**
 * An API process whose RPCs do nothing, behind the real steps and listeners: what a call costs before any work.
 *
 * Started by the benchmarks with DATABASE_URL (for the signing keys), PORT and GRPC_PORT.
 */
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { SigningKeys } from "../../src/identity/keys.ts";
import { AccessTokens } from "../../src/identity/tokens.ts";
import { openDatabase } from "../../src/platform/database.ts";
import { openLog } from "../../src/platform/log.ts";
import { connectHandler } from "../../src/rpc/connect.ts";
import { grpcServer, listenGrpc } from "../../src/rpc/grpc.ts";
import { httpListener } from "../../src/rpc/http.ts";
import { pipeline } from "../../src/rpc/pipeline.ts";
import { routes } from "../../src/rpc/routes.ts";
import { service } from "../../src/rpc/service.ts";
import { accessStep } from "../../src/rpc/steps/access.ts";
import { deadlineStep } from "../../src/rpc/steps/deadline.ts";
import { decodeStep } from "../../src/rpc/steps/decode.ts";
import { errorsStep } from "../../src/rpc/steps/errors.ts";
import { signInStep } from "../../src/rpc/steps/sign-in.ts";
import { telemetryStep } from "../../src/rpc/steps/telemetry.ts";
import { validationStep } from "../../src/rpc/steps/validation.ts";

const database = openDatabase({ url: process.env["DATABASE_URL"] ?? "", pool: 1, name: "bench empty" });
const tokens = new AccessTokens(await SigningKeys.open(database));
const empty = service(OrderService, { placeOrder: async () => ({}) });
const rpcs = pipeline(
  [empty],
  [
    telemetryStep(openLog({ level: "warn", name: "empty" })),
    errorsStep,
    deadlineStep,
    signInStep({ verify: async (token) => tokens.verify(token), requireGood: async () => undefined, onEnd: () => () => undefined }),
    accessStep,
    decodeStep,
    validationStep(OrderService.methods),
  ],
);
const ready = async () => ({ status: 200, type: "text/plain", body: "ready\n" });
const never = new AbortController().signal;
const http = httpListener(
  connectHandler({ rpcs, shutdownSignal: never, admits: () => true, more: () => undefined, fallback: routes({ "/readyz": ready }) }),
);
await http.listen("127.0.0.1", Number(process.env["PORT"]));
await listenGrpc(grpcServer(rpcs, never), "127.0.0.1", Number(process.env["GRPC_PORT"]));
process.once("SIGTERM", () => process.exit(0));
