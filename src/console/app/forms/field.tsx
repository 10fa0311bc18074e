/** One field of a form: its input, the proto's rule beside it, and what is wrong with what was typed. */
import { type DescField, getOption } from "@bufbuild/protobuf";
import { useId } from "react";
import { secret } from "../../../../gen/bodega/options/v1/options_pb.ts";
import { kindOf, type Value } from "./fields.ts";
import { enumWords, sentence } from "../data/names.ts";
import type { Rule } from "./rules.ts";

/** A text of more characters than this gets several lines. */
const ONE_LINE = 254;

export interface FieldProps {
  field: DescField;
  rule: Rule;
  value: Value;
  /** What a field that names another thing may name. */
  options?: { value: string; words: string }[];
  /** The currency of amounts. */
  currency: string;
  problem?: string;
  set(value: Value): void;
}

export function Field(props: FieldProps) {
  const { field, rule, problem } = props;
  const id = useId();
  const kind = kindOf(field);
  const hints = [rule.words, kind === "money" ? props.currency : ""].filter((one) => one !== "").join(" · ");
  const described = [hints === "" ? "" : `${id}-rule`, problem === undefined ? "" : `${id}-problem`]
    .filter((one) => one !== "")
    .join(" ");
  if (kind === "boxes") return <Boxes {...props} />;
  return (
    <div className={kind === "yes-no" ? "field yes-no" : "field"}>
      <label htmlFor={id}>{sentence(field.name.replace(/_id$/, ""))}</label>
      <Input {...props} id={id} described={described} />
      {hints === "" ? null : (
        <p className="rule" id={`${id}-rule`}>
          {hints}
        </p>
      )}
      {problem === undefined ? null : (
        <p className="wrong" id={`${id}-problem`}>
          {problem}
        </p>
      )}
    </div>
  );
}

interface InputProps extends FieldProps {
  id: string;
  described: string;
}

function Input(props: InputProps) {
  const { field, rule, value, options, set } = props;
  const shared = attributesOf(props);
  const kind = kindOf(field);
  const choices = options ?? enumOptions(field, rule);
  if (choices !== undefined) return <Choice {...props} choices={choices} />;
  if (kind === "yes-no")
    return (
      <input {...shared} type="checkbox" checked={value === true} onChange={(event) => set(event.target.checked)} />
    );
  const typed = { ...shared, maxLength: rule.maxLength, value: typeof value === "string" ? value : "" };
  if (kind === "text" && (rule.maxLength ?? 0) > ONE_LINE && field.name !== "url")
    return <textarea {...typed} rows={4} onChange={(event) => set(event.target.value)} />;
  return (
    <input
      {...typed}
      type={inputType(field)}
      inputMode={kind === "money" ? "decimal" : undefined}
      autoComplete="off"
      step={kind === "number" ? "any" : undefined}
      required={rule.required}
      min={rule.min}
      max={rule.max}
      onChange={(event) => set(event.target.value)}
    />
  );
}

/** What every kind of input has: its name, and what is said of it. */
function attributesOf({ field, problem, id, described }: InputProps) {
  return {
    id,
    name: field.name,
    "aria-describedby": described === "" ? undefined : described,
    "aria-invalid": problem !== undefined,
  };
}

function Choice(props: InputProps & { choices: NonNullable<FieldProps["options"]> }) {
  const { field, value, choices, set } = props;
  return (
    <select
      {...attributesOf(props)}
      value={typeof value === "string" ? value : ""}
      onChange={(event) => set(event.target.value)}
    >
      {field.fieldKind === "enum" ? null : <option value="">Choose…</option>}
      {choices.map(({ value, words }) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </select>
  );
}

function inputType(field: DescField): string {
  if (getOption(field, secret)) return "password";
  const types = { number: "number", time: "datetime-local", date: "date" } as const;
  const kind = kindOf(field);
  return kind === "number" || kind === "time" || kind === "date" ? types[kind] : "text";
}

function enumOptions(field: DescField, { among }: Rule): FieldProps["options"] {
  if (field.fieldKind !== "enum") return undefined;
  const { enum: all } = field;
  const offered = all.values.filter(({ number }) => number !== 0 && (among?.includes(String(number)) ?? true));
  return offered.map(({ number }) => ({ value: String(number), words: enumWords(all, number) }));
}

function Boxes({ field, rule, value, problem, set }: FieldProps) {
  const ticked = Array.isArray(value) ? value.map(String) : [];
  const toggle = (one: string) =>
    set(ticked.includes(one) ? ticked.filter((other) => other !== one) : [...ticked, one]);
  return (
    <fieldset className="field">
      <legend>{sentence(field.name)}</legend>
      {rule.among?.map((one) => (
        <label key={one} className="box">
          <input type="checkbox" checked={ticked.includes(one)} onChange={() => toggle(one)} /> {one}
        </label>
      ))}
      <p className="rule">none ticked: all of them</p>
      {problem === undefined ? null : <p className="wrong">{problem}</p>}
    </fieldset>
  );
}
