/** Promotions. */
import { create } from "@bufbuild/protobuf";
import { type Promotion, PromotionSchema } from "../../../../gen/bodega/promotion/v1/promotion_pb.ts";
import { PromotionService } from "../../../../gen/bodega/promotion/v1/promotion_service_pb.ts";
import { type Query, reading, type Resource, writing, yesNo } from "./resource.ts";
import { things } from "../words/things.ts";

const { method } = PromotionService;

export const promotions: Resource<Promotion> = {
  path: "promotions",
  ...things.promotion,
  schema: PromotionSchema,
  blank: () => create(PromotionSchema, { active: true }),
  title: ({ code }) => code,
  list: reading(
    method.listPromotions,
    ({ filters, pageSize, pageToken }: Query) => ({ pageSize, pageToken, active: yesNo(filters["active"]) }),
    ({ promotions, nextPageToken }) => ({ rows: promotions, nextPageToken }),
  ),
  get: reading(
    method.getPromotion,
    (id: string) => ({ id }),
    ({ promotion }) => promotion,
  ),
  create: writing(
    method.createPromotion,
    "promotion",
    (promotion: Promotion, { requestId }) => ({ promotion, requestId }),
    ({ promotion }) => ({ row: promotion }),
  ),
  update: writing(
    method.updatePromotion,
    "promotion",
    (promotion: Promotion, { paths }) => ({ promotion, updateMask: { paths } }),
    ({ promotion }) => ({ row: promotion }),
  ),
  remove: reading(
    method.deletePromotion,
    ({ id, etag }: Promotion) => ({ id, etag }),
    () => undefined,
  ),
};
