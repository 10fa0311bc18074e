/** RPCs that do nothing, behind the steps of src/api/api.ts with limits that refuse nobody: what a call costs before any work. */
import { BlockList } from "node:net";
import { CatalogService } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { IdentityService } from "../../gen/bodega/identity/v1/identity_service_pb.ts";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { SigningKeys } from "../../src/domains/identity/session/signing-keys.ts";
import { AccessTokens } from "../../src/domains/identity/session/access-tokens.ts";
import { TokenBuckets } from "../../src/platform/rate-limit/token-bucket.ts";
import { openDatabase } from "../../src/platform/database/database.ts";
import { openLog } from "../../src/platform/telemetry/log.ts";
import { RedisWindow } from "../../src/platform/rate-limit/redis-window.ts";
import { DEFAULT_RATE_LIMITS } from "../../src/platform/config/rate-limits.ts";
import type { Rpc } from "../../src/rpc/call.ts";
import { admissionBy } from "../../src/rpc/bodies/admission.ts";
import { pipeline } from "../../src/rpc/pipeline.ts";
import { rateLimitRules } from "../../src/api/rate-limit-rules.ts";
import { service } from "../../src/rpc/service.ts";
import { authorizationStep } from "../../src/rpc/steps/authorization.ts";
import { clientAddressStep } from "../../src/rpc/steps/client-address.ts";
import { cacheInvalidationStep } from "../../src/rpc/steps/cache-invalidation.ts";
import { auditStep } from "../../src/rpc/steps/audit/audit.ts";
import { deadlineStep } from "../../src/rpc/steps/deadline.ts";
import { decodeStep } from "../../src/rpc/steps/decode.ts";
import { errorsStep } from "../../src/rpc/steps/errors.ts";
import { idempotencyStep } from "../../src/rpc/steps/idempotency.ts";
import { loadSheddingStep } from "../../src/rpc/steps/load-shedding.ts";
import { callLimitStep, windowLimitStep } from "../../src/rpc/steps/rate-limit/rate-limit.ts";
import { replicaStep } from "../../src/rpc/steps/replica.ts";
import { authenticationStep } from "../../src/rpc/steps/authentication.ts";
import { telemetryStep } from "../../src/rpc/steps/telemetry.ts";
import { signInQueueStep } from "../../src/rpc/steps/sign-in-queue.ts";
import { validationStep } from "../../src/rpc/steps/validation.ts";

/** It counts, and refuses nobody. */
const CALLS = { perSecond: 1_000_000, burst: 1_000_000 };

export async function emptyRpcs(databaseUrl: string): Promise<Rpc[]> {
  const database = openDatabase({ url: databaseUrl, pool: 1, name: "bench empty" });
  const tokens = new AccessTokens(await SigningKeys.open(database));
  const authentication = {
    verify: async (token: string) => tokens.verify(token),
    requireGood: async () => undefined,
    onEnd: () => () => undefined,
  };
  const empty = service(OrderService, { placeOrder: async () => ({}) });
  return pipeline(
    [empty],
    [
      telemetryStep(openLog({ level: "warn", name: "empty" })),
      errorsStep,
      deadlineStep,
      signInQueueStep([IdentityService.method.login, IdentityService.method.register]),
      loadSheddingStep(),
      clientAddressStep(new BlockList()),
      authenticationStep(authentication),
      authorizationStep,
      callLimitStep({ calls: CALLS, buckets: new TokenBuckets() }),
      decodeStep,
      validationStep(OrderService.methods),
      windowLimitStep({
        limiter: new RedisWindow(undefined),
        windows: DEFAULT_RATE_LIMITS.windows,
        rules: rateLimitRules(),
      }),
      cacheInvalidationStep(CatalogService.methods, async () => undefined),
      idempotencyStep(database, { except: [OrderService.method.placeOrder], complete: async () => undefined }),
      auditStep(database, { record: async () => undefined, waiting: [], slow: [] }),
      replicaStep([OrderService.method.getOrder], undefined),
    ],
    admissionBy(authentication),
  );
}
