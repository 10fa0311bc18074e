/**
 * Which calls the audit log keeps, and what each of them changes. Read from the names that the contract gives to all
 * RPCs alike (a verb, then the thing; an answer wraps the thing), with the exceptions by name.
 */
import type { DescMethod, Message } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { Access } from "../../../../gen/bodega/access/v1/access_pb.ts";
import { CartService } from "../../../../gen/bodega/cart/v1/cart_service_pb.ts";
import { OrderService } from "../../../../gen/bodega/order/v1/order_service_pb.ts";
import { accessOf } from "../../../platform/auth/access.ts";

export interface AuditedObject {
  type: string;
  id: string;
  /** As the answer says; "" where it says none. */
  etag: string;
  /** The thing itself, where the answer has it. */
  thing: ReflectMessage | undefined;
}

const TYPES: Record<string, string> = {
  UploadProductImage: "product",
  UploadCategoryImage: "category",
  UpdateProfile: "user",
  ChangePassword: "user",
  EnrolTotp: "user",
  ConfirmTotp: "user",
  DisableTotp: "user",
  ResetMfa: "user",
  RequestEmailVerification: "user",
  RetryDeadLetters: "dead_letter",
};

/**
 * Shopping is no administration, whoever does it: a cart is its owner's, and an order says by its own row who placed
 * it. RPCs for everybody (signing in and out) are in the log of calls.
 */
export function isAudited(method: DescMethod): boolean {
  if (method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS || method.parent === CartService)
    return false;
  return method !== OrderService.method.placeOrder && !accessOf(method).includes(Access.PUBLIC);
}

/** `product` for UpdateProduct. */
export function objectTypeOf({ name }: DescMethod): string {
  return (
    TYPES[name] ??
    name
      .replace(/^[A-Z][a-z]+/, "")
      .replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
      .slice(1)
  );
}

/** @param callerId whose account is changed where neither request nor answer name it: the caller's own */
export function objectOf(
  method: DescMethod,
  { request, answer, callerId }: { request: Message; answer: Message; callerId: string },
): AuditedObject {
  const type = objectTypeOf(method);
  const field = method.output.fields.find(({ name }) => name === type);
  const thing: unknown = field === undefined ? undefined : Reflect.get(answer, field.localName);
  const id =
    textOf(thing, "id") ?? textOf(request, "id") ?? textOf(request, "productId") ?? (type === "user" ? callerId : "");
  return { type, id, etag: textOf(thing, "etag") ?? "", thing: thingIn(method, { answer, type }) };
}

function thingIn(method: DescMethod, { answer, type }: { answer: Message; type: string }): ReflectMessage | undefined {
  const whole = reflect(method.output, answer);
  const field = method.output.fields.find(({ name }) => name === type);
  return field?.fieldKind === "message" && whole.isSet(field) ? whole.get(field) : undefined;
}

function textOf(holder: unknown, name: string): string | undefined {
  const value: unknown = typeof holder === "object" && holder !== null ? Reflect.get(holder, name) : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
}
