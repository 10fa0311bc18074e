/** A process that signs in ten thousand times at once, and tells its parent what became of that: see flood.bench.ts. */
import { constants, setPriority } from "node:os";
import { createClient } from "@connectrpc/connect";
import { IdentityService } from "../../gen/bodega/identity/v1/identity_service_pb.ts";
import { grpcTransport } from "../support/grpc-transport.ts";
import { tally } from "../support/race.ts";
import { reasonOf } from "../support/refusal.ts";

const SIGN_INS = 10_000;
/** Longer than the queue takes. */
const TIMEOUT_MS = 60_000;

// It stands for other machines: what it costs here should not count.
setPriority(constants.priority.PRIORITY_LOW);
const transport = grpcTransport(process.argv[2] ?? "");
const identity = createClient(IdentityService, transport);
const outcomes = await Promise.all(
  Array.from({ length: SIGN_INS }, (_, index) => {
    const answer = identity.login(
      { login: `nobody${index}@example.com`, password: "not the password" },
      { timeoutMs: TIMEOUT_MS },
    );
    return answer.then(
      () => "signed in",
      () => reasonOf(answer),
    );
  }),
);
transport.close();
process.send?.(tally(outcomes), () => process.disconnect());
