/** The RPC surface of promotions: admins keep them, anybody asks whether a code would apply. */
import { type Promotion, PromotionSchema } from "../../../gen/bodega/promotion/v1/promotion_pb.ts";
import { PromotionService } from "../../../gen/bodega/promotion/v1/promotion_service_pb.ts";
import { type Currency, fromMoney, toMoney } from "../../platform/wire/money.ts";
import { pathsToWrite } from "../../platform/wire/update-mask.ts";
import { required, type Service, service } from "../../rpc/service.ts";
import { takenOff, type Why, whyNot, whys } from "./discount.ts";
import { toPromotion, toTerms } from "./mapping.ts";
import type { Promotions } from "./promotions.ts";
import type { Terms } from "./terms.ts";

export interface PromotionDeps {
  promotionCodes: Promotions;
  currency: Currency;
}

export function promotionService({ promotionCodes, currency }: PromotionDeps): Service {
  return service(PromotionService, {
    async createPromotion({ promotion }) {
      const created = await promotionCodes.create(toTerms(required(promotion, "promotion"), currency));
      return { promotion: toPromotion(created, currency) };
    },

    async getPromotion({ id }) {
      return { promotion: toPromotion(await promotionCodes.get(id), currency) };
    },

    async listPromotions({ active, ...page }) {
      const { rows, nextPageToken } = await promotionCodes.list({ active }, page);
      return { promotions: rows.map((row) => toPromotion(row, currency)), nextPageToken };
    },

    async updatePromotion({ promotion: given, updateMask }, { signal, deadline }) {
      const promotion = required(given, "promotion");
      const paths = pathsToWrite(PromotionSchema, { resource: promotion, mask: updateMask, allowed: UPDATABLE });
      const changes = changesOf(promotion, paths, currency);
      const updated = await promotionCodes.update(promotion.id, changes, { etag: promotion.etag, signal, deadline });
      return { promotion: toPromotion(updated, currency) };
    },

    async deletePromotion({ id, etag }, { signal, deadline }) {
      await promotionCodes.delete(id, { etag, signal, deadline });
      return {};
    },

    async checkPromotion({ code, subtotal: given }, { caller }) {
      const subtotal = given === undefined ? undefined : fromMoney(given, currency, "subtotal");
      const asked = await promotionCodes.ask(code, caller?.id);
      if (asked === undefined) return doesNotApply("UNKNOWN_CODE");
      const why = whyNot(asked.promotion, { ...asked, subtotal });
      if (why !== undefined) return doesNotApply(why);
      const discount = subtotal === undefined ? undefined : takenOff(asked.promotion, subtotal);
      return { applies: true, discount: discount === undefined ? undefined : toMoney(discount, currency) };
    },
  });
}

/** What an update may write: the term behind each path. */
const TERM_OF = {
  code: "code",
  fixed_amount: "fixedAmount",
  percent: "percentBasisPoints",
  max_discount: "maxDiscount",
  min_subtotal: "minSubtotal",
  start_time: "startTime",
  end_time: "endTime",
  usage_limit: "usageLimit",
  usage_limit_per_user: "usageLimitPerUser",
  active: "active",
  description: "description",
} as const satisfies Record<string, keyof Terms>;

type Path = keyof typeof TERM_OF;

const UPDATABLE = Object.keys(TERM_OF).filter((path): path is Path => path in TERM_OF);

function changesOf(promotion: Promotion, paths: Path[], currency: Currency): Partial<Terms> {
  const terms = toTerms(promotion, currency);
  return Object.fromEntries(paths.map((path) => [TERM_OF[path], terms[TERM_OF[path]]]));
}

function doesNotApply(why: Why) {
  return { applies: false, why, description: whys[why] };
}
