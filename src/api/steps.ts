/** Which steps every call passes, in which order. */
import type { DescService } from "@bufbuild/protobuf";
import { secretAgain } from "../domains/notification/service.ts";
import type { Step } from "../rpc/call.ts";
import { authorizationStep } from "../rpc/steps/authorization.ts";
import { requiredMfaStep } from "../rpc/steps/required-mfa.ts";
import { cacheInvalidationStep } from "../rpc/steps/cache-invalidation.ts";
import { clientAddressStep } from "../rpc/steps/client-address.ts";
import { auditStep } from "../rpc/steps/audit/audit.ts";
import { replicaStep } from "../rpc/steps/replica.ts";
import { deadlineStep } from "../rpc/steps/deadline.ts";
import { decodeStep } from "../rpc/steps/decode.ts";
import { errorsStep } from "../rpc/steps/errors.ts";
import { idempotencyStep } from "../rpc/steps/idempotency.ts";
import { messageSizeStep } from "../rpc/steps/message-size.ts";
import { loadSheddingStep } from "../rpc/steps/load-shedding.ts";
import { callLimitStep, windowLimitStep } from "../rpc/steps/rate-limit/rate-limit.ts";
import { authenticationStep } from "../rpc/steps/authentication.ts";
import { signInQueueStep } from "../rpc/steps/sign-in-queue.ts";
import { telemetryStep } from "../rpc/steps/telemetry.ts";
import { validationStep } from "../rpc/steps/validation.ts";
import { rateLimitRules } from "./rate-limit-rules.ts";
import type { Parts } from "./parts.ts";
import {
  AUDITED_WAITS,
  AUDITED_WORK,
  CATALOG_CHANGES,
  GUESSED,
  OWN_IDEMPOTENCY,
  SIGN_INS,
  REPLICATED,
  WITHOUT_MFA,
} from "./policies.ts";

export interface StepOptions {
  descriptors: DescService[];
  warm: boolean;
  maxCallsAtOnce: number | undefined;
}

/** From the outside in; docs/architecture.md says why in this order. */
export function stepsOf(
  { config, buckets, database, limiter, identity, catalog, replicas, webhooks, log }: Parts,
  { descriptors, warm, maxCallsAtOnce }: StepOptions,
): Step[] {
  return [
    telemetryStep(log, GUESSED),
    errorsStep,
    deadlineStep,
    signInQueueStep(SIGN_INS),
    loadSheddingStep(maxCallsAtOnce),
    clientAddressStep(config.trustedProxies, log),
    messageSizeStep,
    authenticationStep(identity.signIn),
    authorizationStep,
    requiredMfaStep(WITHOUT_MFA),
    callLimitStep({ calls: config.rateLimits.calls, buckets }),
    decodeStep,
    validationStep(warm ? descriptors.flatMap(({ methods }) => methods) : []),
    windowLimitStep({ limiter, windows: config.rateLimits.windows, rules: rateLimitRules() }),
    cacheInvalidationStep(CATALOG_CHANGES, () => catalog.changed()),
    idempotencyStep(database, { except: OWN_IDEMPOTENCY, complete: secretAgain(webhooks) }),
    auditStep(database, {
      record: (entry) => identity.auditLog.add(entry),
      waiting: AUDITED_WAITS,
      slow: AUDITED_WORK,
    }),
    replicaStep(REPLICATED, replicas),
  ];
}
