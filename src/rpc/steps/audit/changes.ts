/**
 * What a change wrote, field by field, as the audit log tells it: read from the thing's descriptor, so that a new field
 * needs no line here.
 *
 * A secret is never told, and neither is the path of a web address, which is one with many receivers of webhooks.
 */
import { type DescField, getOption, isMessage, type Message } from "@bufbuild/protobuf";
import type { ReflectMessage } from "@bufbuild/protobuf/reflect";
import { timestampDate, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { personal } from "../../../../gen/bodega/options/v1/options_pb.ts";
import { DateSchema } from "../../../../gen/google/type/date_pb.ts";
import { MoneySchema } from "../../../../gen/google/type/money_pb.ts";
import type { NotedChange } from "../../../platform/context/audit-notes.ts";
import { currencyOf, fromMoney, toDecimal } from "../../../platform/wire/money.ts";
import { secretFieldsOf } from "../../request/secret-fields.ts";

/** Of the person whose account the thing is: forgotten with it. */
export interface AuditedChange extends NotedChange {
  personal?: boolean;
}

/** They follow from the change, or are told beside it. */
const NOT_TOLD = new Set(["id", "etag", "create_time", "update_time", "thumbnail_uri", "prefix", "creator_id"]);
const NAMES = new Set(["name", "title", "code", "username", "url"]);
/** A log is no copy of the catalog: what is longer is recognised by its beginning. */
const MAX_LENGTH = 200;

/** @param before undefined: the thing was made by the change, and only what it says is told */
export function changesBetween(before: ReflectMessage | undefined, after: ReflectMessage): AuditedChange[] {
  const secrets = secretFieldsOf(after.desc);
  return after.fields.flatMap((field) => {
    if (NOT_TOLD.has(field.name)) return [];
    const [oldText, newText] = [before === undefined ? "" : textOf(before, field), textOf(after, field)];
    if (oldText === newText) return [];
    const values = secrets.includes(field) ? redactedValues : { oldValue: told(oldText), newValue: told(newText) };
    return [{ path: field.name, ...values, ...(isPersonal(field) ? { personal: true } : {}) }];
  });
}

const redactedValues = { oldValue: "", newValue: "", redacted: true };

/** What people call it by; `personal` when the name is a person's. */
export function nameOf(thing: ReflectMessage): { name: string; personal: boolean } {
  const field = thing.fields.find(({ name }) => NAMES.has(name));
  if (field === undefined) return { name: "", personal: false };
  return { name: told(textOf(thing, field)), personal: isPersonal(field) };
}

/** As long as the log tells it. A character of two halves is not cut in two: the database takes no halves. */
export function told(text: string): string {
  const whole = text.toWellFormed();
  if (whole.length <= MAX_LENGTH) return whole;
  return `${whole.slice(0, MAX_LENGTH - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

function isPersonal(field: DescField): boolean {
  return getOption(field, personal);
}

/** "" for what is not set. */
function textOf(thing: ReflectMessage, field: DescField): string {
  if (!thing.isSet(field)) return "";
  switch (field.fieldKind) {
    case "list":
      return field.listKind === "scalar" ? [...thing.get(field)].join(", ") : "";
    case "map":
      return "";
    case "enum":
      return field.enum.value[thing.get(field)]?.localName ?? String(thing.get(field));
    case "message":
      return messageText(thing.get(field).message);
    case "scalar":
      return field.name === "url" ? originOf(String(thing.get(field))) : String(thing.get(field));
    default:
      return field satisfies never;
  }
}

function messageText(message: Message): string {
  if (isMessage(message, MoneySchema)) {
    const currency = currencyOf(message.currencyCode);
    return `${toDecimal(fromMoney(message, currency, "amount"), currency)} ${currency.code}`;
  }
  if (isMessage(message, TimestampSchema)) return timestampDate(message).toISOString();
  if (isMessage(message, DateSchema)) {
    const [year, month, day] = [message.year, message.month, message.day].map(String);
    return [year?.padStart(4, "0"), month?.padStart(2, "0"), day?.padStart(2, "0")].join("-");
  }
  throw new TypeError(`the audit log has no words for a ${message.$typeName}`);
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : "";
}
