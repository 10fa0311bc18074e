/**
 * Refusals for what is deleted while a call refers to it. The call has found it, and the row that it writes breaks a
 * foreign key: that error is told as if the call had come a moment later.
 *
 * In one place for all RPCs, because each of them can meet it and hardly any test of one does; a test holds this list
 * against the database's own.
 */
import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { brokenReference } from "../platform/errors/database-errors.ts";
import { Failure, type Reason } from "../platform/errors/failure.ts";
import type { Call } from "./call.ts";

const CATEGORY = ["CATEGORY_NOT_FOUND", "category"] as const;
const PRODUCT = ["PRODUCT_NOT_FOUND", "product"] as const;
const PROMOTION = ["PROMOTION_NOT_FOUND", "promotion"] as const;
const STORE = ["STORE_NOT_FOUND", "store"] as const;
const USER = ["USER_NOT_FOUND", "user"] as const;

/** By foreign key: how the call is refused, and what is not there. */
export const REFERENCES: Readonly<Record<string, readonly [Reason, string]>> = {
  "carts.items_product_id_fkey": PRODUCT,
  "catalog.products_category_id_fkey": CATEGORY,
  "identity.account_tokens_user_id_fkey": USER,
  "identity.known_addresses_user_id_fkey": USER,
  "identity.mfa_logins_user_id_fkey": USER,
  "identity.refresh_tokens_user_id_fkey": USER,
  "identity.service_keys_creator_id_fkey": USER,
  "inventory.movements_product_id_fkey": PRODUCT,
  "inventory.stock_product_id_fkey": PRODUCT,
  "inventory.stock_store_id_fkey": STORE,
  "orders.items_product_id_fkey": PRODUCT,
  "orders.orders_promotion_id_fkey": PROMOTION,
  "orders.orders_store_id_fkey": STORE,
  "orders.redemptions_promotion_id_fkey": PROMOTION,
};

/** Those of rows that one transaction writes with, or under the lock of, the row that they refer to: no call can break them. */
export const WITHIN_ONE_WRITE: readonly string[] = [
  "carts.items_user_id_fkey",
  "identity.recovery_codes_user_id_fkey",
  "identity.second_factors_user_id_fkey",
  "catalog.renames_category_id_fkey",
  "orders.items_store_id_order_id_fkey",
  "orders.search_progress_consumer_fkey",
];

/** The refusal, naming the request's field if one holds the id; undefined for any other error. */
export function deletedMeanwhile(
  error: unknown,
  { request, method }: Pick<Call, "request" | "method">,
): Failure | undefined {
  const broken = brokenReference(error);
  const reference = broken === undefined ? undefined : REFERENCES[broken.key];
  if (broken === undefined || reference === undefined) return undefined;
  const [reason, what] = reference;
  const field = pathOf(broken.value, request, method.input);
  const violations = field === undefined ? [] : [{ field, description: `names no ${what}` }];
  return new Failure(reason, `There is no ${what} ${broken.value}.`, { violations, cause: error });
}

/** Of the field that holds the id, in the request or in the resource that it carries. */
function pathOf(id: string, values: object, { fields }: DescMessage): string | undefined {
  for (const field of fields) {
    const value: unknown = Reflect.get(values, field.localName);
    if (isText(field) && typeof value === "string" && value.toLowerCase() === id) return field.name;
    const inner =
      field.fieldKind === "message" && typeof value === "object" && value !== null
        ? pathOf(id, value, field.message)
        : undefined;
    if (inner !== undefined) return `${field.name}.${inner}`;
  }
  return undefined;
}

function isText(field: DescField): boolean {
  return field.fieldKind === "scalar" && field.scalar === ScalarType.STRING;
}
