/** One field of a form: its input, the proto's rule beside it, and what is wrong with what was typed. */
import { type DescField, getOption } from "@bufbuild/protobuf";
import { Checkbox, Fieldset, NativeSelect, Stack, Textarea, TextInput } from "@mantine/core";
import { secret } from "../../../../gen/bodega/options/v1/options_pb.ts";
import { kindOf, type Value } from "./fields.ts";
import { moneyOf, moneyText } from "../data/money.ts";
import { enumWords, sentence } from "../data/names.ts";
import { zoneName } from "../data/zone.ts";
import type { Rule } from "./rules.ts";
import { formWords } from "./words.ts";

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
  const { field, rule } = props;
  const choices = props.options ?? enumOptions(field, rule);
  if (kindOf(field) === "boxes") return <Boxes {...props} />;
  if (choices !== undefined) return <Choice {...props} choices={choices} />;
  if (kindOf(field) === "yes-no") return <YesNo {...props} />;
  return <Text {...props} />;
}

/** What every kind of input has: its name, the rule below it, and what is wrong. */
function sharedProps(props: FieldProps) {
  const { field, rule, problem } = props;
  const hints = [rule.words, kindWords(props)].filter((one) => one !== "").join(" · ");
  return {
    name: field.name,
    label: sentence(field.name.replace(/_id$/, "")),
    description: hints === "" ? undefined : hints,
    error: problem,
  };
}

/** What an amount is taken for, before it is saved; whose time a time is. */
function kindWords({ field, value, currency }: FieldProps): string {
  const kind = kindOf(field);
  if (kind === "time") return formWords.zone(zoneName());
  if (kind !== "money") return "";
  const money = typeof value === "string" ? moneyOf(value, currency) : undefined;
  return money === undefined ? currency : formWords.savedAs(moneyText(money));
}

function Text(props: FieldProps) {
  const { field, rule, value, set } = props;
  const kind = kindOf(field);
  const typed = { ...sharedProps(props), maxLength: rule.maxLength, value: typeof value === "string" ? value : "" };
  if (kind === "text" && (rule.maxLength ?? 0) > ONE_LINE && field.name !== "url")
    return <Textarea {...typed} rows={4} onChange={(event) => set(event.target.value)} />;
  return (
    <TextInput
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

function YesNo(props: FieldProps) {
  return (
    <Checkbox
      {...sharedProps(props)}
      checked={props.value === true}
      onChange={(event) => props.set(event.target.checked)}
    />
  );
}

function Choice(props: FieldProps & { choices: NonNullable<FieldProps["options"]> }) {
  const { field, value, choices, set } = props;
  const none = field.fieldKind === "enum" ? [] : [{ value: "", label: formWords.choose }];
  return (
    <NativeSelect
      {...sharedProps(props)}
      value={typeof value === "string" ? value : ""}
      data={[...none, ...choices.map(({ value, words }) => ({ value, label: words }))]}
      onChange={(event) => set(event.target.value)}
    />
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
    <Fieldset legend={sentence(field.name)}>
      <Stack gap="xs">
        {rule.among?.map((one) => (
          <Checkbox key={one} label={one} checked={ticked.includes(one)} onChange={() => toggle(one)} />
        ))}
        <span className="small">{formWords.noneTicked}</span>
        {problem === undefined ? null : <span className="wrong">{problem}</span>}
      </Stack>
    </Fieldset>
  );
}
