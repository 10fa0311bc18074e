/**
 * Every way to break one rule of a request: the field that is to blame, and the values that break it.
 *
 * The fields come from the descriptor and not from the validator, so that a rule which blames the wrong field, or nobody,
 * is found. A rule of a kind that nobody breaks here stops the test, so that new ones get their case.
 */
import { type DescField, type DescMessage } from "@bufbuild/protobuf";
import { fc } from "../support/seed.ts";
import { asList, breaking } from "./breaking.ts";
import { asInit, breakField, breakWhole } from "./cel-breaking.ts";
import type { Known } from "./known.ts";
import { type Init, validMessage } from "./messages.ts";
import { celOf, rulesOf } from "./rules.ts";

export interface Fault {
  rule: string;
  /** What BadRequest must name: the field's path in proto names, empty for the request as a whole. */
  path: string;
  values: fc.Arbitrary<unknown>;
  apply(request: Init, value: unknown): void;
}

export interface Broken {
  init: Init;
  fault: Pick<Fault, "rule" | "path">;
}

/** Requests that keep every rule but one; undefined where the request has no rules. */
export function brokenMessage(desc: DescMessage, known: () => Known): fc.Arbitrary<Broken> | undefined {
  const faults = faultsOf(desc, known);
  if (faults.length === 0) return undefined;
  return fc.constantFrom(...faults).chain((fault) =>
    fc.tuple(validMessage(desc, known), fault.values).map(([valid, value]) => {
      const init = structuredClone(valid);
      fault.apply(init, value);
      return { init, fault: { rule: fault.rule, path: fault.path } };
    }),
  );
}

export function faultsOf(desc: DescMessage, known: () => Known): Fault[] {
  return faultsIn(desc, { path: "", within: (request) => request }, known);
}

/** Where in a request a message stands. */
interface Place {
  path: string;
  within: (request: Init) => Init;
}

function faultsIn(desc: DescMessage, place: Place, known: () => Known): Fault[] {
  const ofFields = desc.fields.flatMap((field) => [...ofField(field, place, known), ...below(field, place, known)]);
  const ofMessage = celOf(desc).map((rule) => ({ rule: rule.id, path: place.path, ...breakWhole(rule) }));
  return [
    ...ofFields,
    ...ofMessage.map((fault) => ({
      ...fault,
      apply: (request: Init, value: unknown) => fault.apply(place.within(request), value),
    })),
  ];
}

/** The faults of a message of ours that is required, or of the first of a list. */
function below(field: DescField, place: Place, known: () => Known): Fault[] {
  if (field.message === undefined || !field.message.typeName.startsWith("bodega.")) return [];
  const path = pathTo(field, place);
  const { localName } = field;
  if (field.fieldKind === "list")
    return faultsIn(
      field.message,
      { path: `${path}[0]`, within: (request) => asInit(asList(place.within(request)[localName])[0]) },
      known,
    );
  if (!rulesOf(field).required)
    throw new TypeError(`${path} may be absent: how its fields are broken is not written yet`);
  return faultsIn(field.message, { path, within: (request) => asInit(place.within(request)[localName]) }, known);
}

function ofField(field: DescField, place: Place, known: () => Known): Fault[] {
  const rules = rulesOf(field);
  const path = pathTo(field, place);
  const set = (request: Init, value: unknown) => put(place.within(request), field, value);
  const faults: Fault[] = breaking(field, rules, known).map(({ rule, at = "", values }) => ({
    rule,
    path: `${path}${at}`,
    values,
    apply: set,
  }));
  if (rules.required) faults.push({ rule: "required", path, values: fc.constant(undefined), apply: set });
  for (const rule of rules.cel) {
    const { values, apply } = breakField(rule);
    faults.push({
      rule: rule.id,
      path,
      values,
      apply:
        apply === undefined ? set : (request, value) => apply(asInit(place.within(request)[field.localName]), value),
    });
  }
  return faults;
}

function pathTo({ name }: DescField, { path }: Place): string {
  return path === "" ? name : `${path}.${name}`;
}

function put(message: Init, field: DescField, value: unknown): void {
  if (field.oneof === undefined) message[field.localName] = value;
  else message[field.oneof.localName] = { case: field.localName, value };
}
