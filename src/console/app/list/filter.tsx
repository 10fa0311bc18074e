/** One filter above a list. */
import { NativeSelect, TextInput } from "@mantine/core";
import type { DescEnum } from "@bufbuild/protobuf";
import { zoneName } from "../data/zone.ts";
import { enumWords } from "../data/names.ts";
import type { Resource, Row } from "../resources/resource.ts";
import { useOptions } from "../forms/options.ts";
import { listWords } from "./words.ts";

export type Filter = { name: string; label: string } & (
  | { kind: "yes-no"; words: [string, string] }
  | { kind: "enum"; of: DescEnum; among?: readonly number[] }
  | { kind: "text" }
  | { kind: "time" }
  | { kind: "one-of"; path: string; options: () => { value: string; words: string }[] }
);

/** A filter by another resource. */
export function oneOf<T extends Row>(name: string, label: string, resource: Resource<T>): Filter {
  return { name, label, kind: "one-of", path: resource.path, options: () => useOptions(resource) };
}

export function FilterInput({ filter, value }: { filter: Filter; value: string }) {
  if (filter.kind !== "text" && filter.kind !== "time") return <Choice filter={filter} value={value} />;
  return (
    <TextInput
      label={filter.kind === "time" ? listWords.inZone(filter.label, zoneName()) : filter.label}
      name={filter.name}
      type={filter.kind === "time" ? "datetime-local" : "text"}
      defaultValue={value}
      maxLength={200}
    />
  );
}

function Choice({ filter, value }: { filter: Exclude<Filter, { kind: "text" | "time" }>; value: string }) {
  const options = useChoices(filter);
  // The options may come later than the value: the select starts anew with them.
  return (
    <NativeSelect
      key={options.length}
      label={filter.label}
      name={filter.name}
      defaultValue={value}
      data={[{ value: "", label: listWords.all }, ...options.map(({ value, words }) => ({ value, label: words }))]}
    />
  );
}

/** A filter keeps its kind for as long as it is shown, so that the hooks are the same ones each time. */
function useChoices(filter: Exclude<Filter, { kind: "text" | "time" }>): { value: string; words: string }[] {
  switch (filter.kind) {
    case "yes-no":
      return [
        { value: "yes", words: filter.words[0] },
        { value: "no", words: filter.words[1] },
      ];
    case "enum":
      return filter.of.values
        .filter(({ number }) => number !== 0 && (filter.among?.includes(number) ?? true))
        .map(({ number }) => ({ value: String(number), words: enumWords(filter.of, number) }));
    case "one-of":
      return filter.options();
    default:
      return filter satisfies never;
  }
}
