/** What the audit log notes of each kind of thing before it is changed. The repositories tell it, and know of no log. */
import { CategorySchema } from "../../gen/bodega/catalog/v1/category_pb.ts";
import { ProductSchema } from "../../gen/bodega/catalog/v1/product_pb.ts";
import { UserSchema } from "../../gen/bodega/identity/v1/user_pb.ts";
import { StoreSchema } from "../../gen/bodega/inventory/v1/store_pb.ts";
import { WebhookSchema } from "../../gen/bodega/notification/v1/webhook_pb.ts";
import { PromotionSchema } from "../../gen/bodega/promotion/v1/promotion_pb.ts";
import type { CategoriesOptions } from "../domains/catalog/categories.ts";
import { toCategory, toProduct } from "../domains/catalog/mapping.ts";
import type { ProductsOptions } from "../domains/catalog/products.ts";
import { toUser } from "../domains/identity/mapping.ts";
import type { UsersOptions } from "../domains/identity/users.ts";
import { toStore } from "../domains/inventory/mapping.ts";
import type { StoresOptions } from "../domains/inventory/stores.ts";
import { toWebhook } from "../domains/notification/webhook-mapping.ts";
import type { WebhooksDeps } from "../domains/notification/webhook/webhooks.ts";
import { toPromotion } from "../domains/promotion/mapping.ts";
import type { PromotionsOptions } from "../domains/promotion/promotions.ts";
import { noteBefore } from "../platform/context/audit-notes.ts";
import type { Currency } from "../platform/wire/money.ts";

export const auditedCategories: CategoriesOptions = {
  onChange: (category) => noteBefore(CategorySchema, () => toCategory(category)),
};

export const auditedStores: StoresOptions = { onChange: (store) => noteBefore(StoreSchema, () => toStore(store)) };

export const auditedUsers: UsersOptions = { onChange: (user) => noteBefore(UserSchema, () => toUser(user)) };

export const auditedWebhooks: Pick<WebhooksDeps, "onChange"> = {
  onChange: (webhook) => noteBefore(WebhookSchema, () => toWebhook(webhook)),
};

export function auditedProducts(currency: Currency): ProductsOptions {
  return { onChange: (product) => noteBefore(ProductSchema, () => toProduct(product, currency)) };
}

export function auditedPromotions(currency: Currency): PromotionsOptions {
  return { onChange: (promotion) => noteBefore(PromotionSchema, () => toPromotion(promotion, currency)) };
}
