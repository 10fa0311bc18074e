/**
 * An API process whose RPCs do nothing, behind the real steps and listeners: what a call costs before any work.
 *
 * Started by the benchmarks with DATABASE_URL (for the signing keys), PORT and GRPC_PORT.
 */
import { openLog } from "../../src/platform/telemetry/log.ts";
import { connectRouter } from "../../src/rpc/http/protocols/router.ts";
import { grpcServer, listenGrpc } from "../../src/rpc/grpc/server.ts";
import { httpListener } from "../../src/rpc/http/listener.ts";
import { staticRoutes } from "../../src/rpc/http/static-routes.ts";
import { emptyRpcs } from "./empty-rpcs.ts";

const rpcs = await emptyRpcs(process.env["DATABASE_URL"] ?? "");
const ready = async () => ({ status: 200, type: "text/plain", body: "ready\n" });
const never = new AbortController().signal;
const log = openLog({ level: "silent", name: "bench" });
const http = httpListener(
  connectRouter({
    rpcs,
    shutdownSignal: never,
    admits: () => true,
    more: () => undefined,
    fallback: staticRoutes({ "/readyz": ready }),
  }),
  { log },
);
await http.listen("127.0.0.1", Number(process.env["PORT"]));
await listenGrpc(grpcServer(rpcs, { log, shutdownSignal: never }), {
  host: "127.0.0.1",
  port: Number(process.env["GRPC_PORT"]),
});
process.once("SIGTERM", () => process.exit(0));
