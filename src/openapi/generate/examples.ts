/** A request to begin with, for each RPC: made of its fields, and kept only if the server would take it. */
import {
  type DescField,
  type DescMessage,
  fromJson,
  type JsonObject,
  type JsonValue,
  ScalarType,
} from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";

const STORE = "01943adb-5400-7000-9872-301655730adb";
const PRODUCT = "01943fe4-15e0-7000-9136-120f56ee2db3";
/** Of fields by their names; the ids are the seed's. */
const VALUES: Record<string, JsonValue> = {
  storeId: STORE,
  fromStoreId: STORE,
  toStoreId: "01943ae0-7a80-7000-9872-301655730adc",
  productId: PRODUCT,
  id: PRODUCT,
  ids: [PRODUCT],
  quantity: 2,
  pageSize: 3,
  login: "customer1@bodega.example",
  password: "bodega-dev",
  currentPassword: "bodega-dev",
  newPassword: "a longer pass phrase",
  query: "mixing bowl",
  email: "ada@bodega.example",
  username: "ada",
  code: "WELCOME10",
  requestId: "0b7c3d52-6f1e-4a8e-9d3a-2f5b8c1e7a90",
  title: "A mug",
  name: "Bowls",
  sku: "MUG-1",
  delta: 5,
  reason: "counted",
  categoryId: "01943fd0-0000-7000-9136-120f56ee2db3",
  subtotal: { currencyCode: "USD", units: "30" },
  price: { currencyCode: "USD", units: "7", nanos: 500_000_000 },
  orderId: "0194a1b2-0000-7000-9872-301655730adb",
  token: "the token of the mail",
  mfaToken: "the mfaToken that Login answered",
  refreshToken: "the refreshToken that Login answered",
  url: "https://shop.example/hook",
  percent: 10,
  // A PNG of one pixel.
  content: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
};
/** Only where nothing else is asked for: most RPCs let services alone name a user. */
const OF_A_USER = { userId: "01943fe0-0000-7000-9136-120f56ee2db3" };
/** A resource in a create, its fields, and no deeper. */
const MAX_DEPTH = 2;

const validator = createValidator();

/** undefined: nothing that was made up keeps the rules. */
export function exampleOf(message: DescMessage): JsonObject | undefined {
  const whole = objectOf(message, 0);
  return [whole, {}, OF_A_USER].find((example) => isValid(message, example));
}

function objectOf(message: DescMessage, depth: number): JsonObject {
  return Object.fromEntries(
    message.fields.flatMap((field) => {
      const value = valueOf(field, depth);
      return value === undefined ? [] : [[field.jsonName, value]];
    }),
  );
}

function valueOf(field: DescField, depth: number): JsonValue | undefined {
  const known = VALUES[field.jsonName];
  if (
    known !== undefined &&
    !(field.fieldKind === "scalar" && field.scalar === ScalarType.STRING && typeof known !== "string")
  )
    return known;
  if (field.message === undefined || depth === MAX_DEPTH || !field.message.typeName.startsWith("bodega."))
    return undefined;
  const inner = objectOf(field.message, depth + 1);
  if (Object.keys(inner).length === 0) return undefined;
  return field.fieldKind === "list" ? [inner] : inner;
}

function isValid(message: DescMessage, example: JsonObject): boolean {
  try {
    return validator.validate(message, fromJson(message, example)).kind === "valid";
  } catch {
    return false;
  }
}
