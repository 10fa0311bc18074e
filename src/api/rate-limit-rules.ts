/**
 * Which RPCs have a limit of their own, and by what each is counted.
 *
 * Login is none of them: its limits depend on the account, and stand with it (identity/sign-in/sign-in-limits.ts).
 */
import { type DescMessage, type DescMethodUnary, isMessage, type MessageShape } from "@bufbuild/protobuf";
import { CartService } from "../../gen/bodega/cart/v1/cart_service_pb.ts";
import { CatalogService } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { IdentityService } from "../../gen/bodega/identity/v1/identity_service_pb.ts";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { CheckPromotionResponseSchema, PromotionService } from "../../gen/bodega/promotion/v1/promotion_service_pb.ts";
import { networkOf } from "../platform/auth/client-address.ts";
import { Failure } from "../platform/errors/failure.ts";
import type { WindowName } from "../platform/config/rate-limits.ts";
import type { Answer, Call } from "../rpc/call.ts";
import { callerKey, type Rule } from "../rpc/steps/rate-limit/rate-limit.ts";

export function rateLimitRules(): Rule[] {
  const identity = IdentityService.method;
  return [
    {
      ...rule(identity.changePassword, "password-change", async (_request, { caller }) => caller?.id),
      counts: isWrongPassword,
    },
    {
      ...rule(identity.updateProfile, "password-change", async ({ currentPassword }, { caller }) =>
        currentPassword === "" ? undefined : caller?.id,
      ),
      counts: isWrongPassword,
    },
    rule(identity.requestPasswordReset, "recovery", async (_request, { peer }) => networkOf(peer)),
    rule(identity.resetPassword, "recovery", async (_request, { peer }) => networkOf(peer)),
    rule(identity.verifyEmail, "recovery", async (_request, { peer }) => networkOf(peer)),
    rule(identity.register, "registration", async (_request, { peer }) => networkOf(peer)),
    rule(CatalogService.method.suggestProducts, "suggestions", async (_request, call) => callerKey(call)),
    ...guesses(),
  ];
}

/** RPCs that tell whether a code is good. Services are not guessing: they pass on what their own customers type. */
function guesses(): Rule[] {
  const rules = [
    rule(PromotionService.method.checkPromotion, "promotion-guesses", async (_request, call) => callerKey(call)),
    rule(OrderService.method.quoteOrder, "promotion-guesses", async ({ promoCode }, call) => withCode(promoCode, call)),
    rule(OrderService.method.placeOrder, "promotion-guesses", async ({ promoCode }, call) => withCode(promoCode, call)),
    rule(CartService.method.checkoutCart, "promotion-guesses", async ({ promoCode }, call) =>
      withCode(promoCode, call),
    ),
  ];
  return rules.map((one) => ({ ...one, counts: isWrongCode }));
}

function rule<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  window: WindowName,
  keyOf: (request: MessageShape<I>, call: Call) => Promise<string | undefined>,
): Rule {
  return {
    method,
    window,
    keyOf: async (call) => (isMessage(call.request, method.input) ? keyOf(call.request, call) : undefined),
  };
}

function withCode(code: string, call: Call): string | undefined {
  return code === "" || call.caller?.role === "SERVICE" ? undefined : callerKey(call);
}

function isWrongPassword(outcome: Answer | Failure): boolean {
  return outcome instanceof Failure && outcome.reason === "WRONG_CREDENTIALS";
}

function isWrongCode(outcome: Answer | Failure): boolean {
  if (outcome instanceof Failure) return outcome.reason === "PROMOTION_NOT_APPLICABLE";
  return isMessage(outcome, CheckPromotionResponseSchema) && !outcome.applies;
}
