/** The words of the audit log: what each event says, in a sentence. Pure. */
import type { AuditChange, AuditEvent } from "../../../../gen/bodega/identity/v1/audit_event_pb.ts";
import { sentence } from "../data/names.ts";

export const words = {
  heading: "Audit log",
  when: "When",
  what: "What was done",
  address: "From",
  request: "Request",
  person: "Person",
  kind: "Kind of thing",
  object: "Thing’s id",
  from: "From",
  until: "Until",
  nothing: "nothing",
  kept: "not kept",
  /** Beside the names of service keys. */
  service: "service key",
  kinds: {
    category: "category",
    dead_letter: "e-mail",
    order: "order",
    product: "product",
    promotion: "promotion",
    service_key: "service key",
    stock: "stock",
    store: "store",
    user: "user",
    webhook: "webhook",
    webhook_delivery: "delivery to a webhook",
  } as Readonly<Record<string, string>>,
};

/** What stands between who did it and to what: "changed the price of", and what follows the thing. */
export interface Deed {
  before: string;
  /** Whether the thing is named in between. */
  names: boolean;
  after: string;
  /** Told below the sentence, where there is more than one. */
  changes: readonly AuditChange[];
}

/** Verbs of the RPCs that are not told by their changes. */
const DEEDS: Readonly<Record<string, string>> = {
  UploadProductImage: "gave another image to the product",
  UploadCategoryImage: "gave another image to the category",
  ConfirmOrder: "confirmed the order",
  CancelOrder: "cancelled the order",
  ShipOrder: "shipped the order",
  DeliverOrder: "delivered the order",
  RevokeServiceKey: "revoked the service key",
  ChangePassword: "changed the password of",
  EnrolTotp: "began to set up the second factor of",
  ConfirmTotp: "switched on the second factor of",
  DisableTotp: "switched off the second factor of",
  RequestEmailVerification: "asked for a mail to the address of",
  ResetMfa: "took away the second factor of",
  RetryDeadLetter: "put back into the queue the e-mail",
  TestWebhook: "tested the webhook",
  ReplayWebhookDelivery: "sent again the delivery",
};

export function deedOf({ rpc, objectType, changes }: AuditEvent): Deed {
  const name = rpc.slice(rpc.indexOf("/") + 1);
  const kind = words.kinds[objectType] ?? objectType;
  const told = withoutIds(changes);
  if (name === "RetryDeadLetters") return whole(`put ${told[0]?.newValue ?? ""} e-mails back into the queue`);
  if (name === "TransferStock") return transfer(told);
  const verb = DEEDS[name];
  if (verb !== undefined) return { before: verb, names: true, after: "", changes: [] };
  if (name.startsWith("Create")) return { before: `created the ${kind}`, names: true, after: "", changes: told };
  if (name.startsWith("Delete")) return { before: `deleted the ${kind}`, names: true, after: "", changes: [] };
  const [only, ...more] = told;
  if (only === undefined) return { before: `wrote the ${kind}`, names: true, after: "", changes: [] };
  if (more.length > 0) return { before: `changed the ${kind}`, names: true, after: "", changes: told };
  return oneChange(only, objectType === "stock" ? "stock" : fieldWords(only.path));
}

function whole(text: string): Deed {
  return { before: text, names: false, after: "", changes: [] };
}

/** "changed the price of …", " from $3.49 to $3.99". */
function oneChange({ path, oldValue, newValue, redacted }: AuditChange, field: string): Deed {
  const [from, to] = [valueWords(oldValue, path), valueWords(newValue, path)];
  const deed = (verb: string, after: string): Deed => ({
    before: `${verb} the ${field} of`,
    names: true,
    after,
    changes: [],
  });
  if (redacted) return deed("changed", "");
  if (oldValue === "") return deed("set", `to ${to}`);
  if (newValue === "") return deed("removed", `which was ${from}`);
  return deed("changed", `from ${from} to ${to}`);
}

function transfer([from, to]: readonly AuditChange[]): Deed {
  if (from === undefined || to === undefined)
    return { before: "transferred stock of", names: true, after: "", changes: [] };
  const moved = Number(from.oldValue) - Number(from.newValue);
  const after = `(${from.oldValue} → ${from.newValue}, ${to.oldValue} → ${to.newValue})`;
  return { before: `transferred ${moved} of`, names: true, after, changes: [] };
}

/** `old → new`, as a line below the sentence. */
export function changeLine({ path, oldValue, newValue, redacted }: AuditChange): string {
  const [from, to] = [valueWords(oldValue, path), newValue === "" ? words.nothing : valueWords(newValue, path)];
  const values = redacted ? words.kept : oldValue === "" ? to : `${from} → ${to}`;
  return `${sentence(path)}: ${values}`;
}

/** Where a name says the same as an id, the name does. */
function withoutIds(changes: readonly AuditChange[]): AuditChange[] {
  const paths = new Set(changes.map(({ path }) => path));
  return changes.filter(({ path }) => !(path.endsWith("_id") && paths.has(path.slice(0, -"_id".length))));
}

function fieldWords(path: string): string {
  const text = sentence(path);
  return text.toUpperCase() === text ? text : text.charAt(0).toLowerCase() + text.slice(1);
}

/** Fields that hold a word of the contract and not of a person. */
const ENUMS = new Set(["status", "role"]);
const AMOUNT = /^-?\d+(\.\d+)? ([A-Z]{3})$/;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const TIMES = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

/** Amounts, times and yes and no as the console shows them elsewhere; other text as it is, in quotes where it has blanks. */
export function valueWords(value: string, path = ""): string {
  const [, , currency] = AMOUNT.exec(value) ?? [];
  if (currency !== undefined)
    return new Intl.NumberFormat("en", { style: "currency", currency }).format(Number.parseFloat(value));
  if (MOMENT.test(value)) return TIMES.format(new Date(value));
  if (value === "true") return "yes";
  if (value === "false") return "no";
  if (ENUMS.has(path)) return value.toLowerCase().replaceAll("_", " ");
  return /\s/.test(value) ? `“${value}”` : value;
}

/** Where a thing is shown; undefined where it is nowhere, as what was deleted. */
export function addressOf({ rpc, objectType, objectId }: AuditEvent): string | undefined {
  if (objectId === "" || rpc.includes("/Delete")) return undefined;
  switch (objectType) {
    case "product":
    case "stock":
      return `/products/${objectId}`;
    case "category":
      return `/categories/${objectId}`;
    case "store":
    case "order":
    case "promotion":
    case "user":
    case "webhook":
      return `/${objectType}s/${objectId}`;
    case "service_key":
      return "/service-keys";
    case "dead_letter":
      return "/dead-letters";
    case "webhook_delivery":
      return "/deliveries";
    default:
      return undefined;
  }
}
