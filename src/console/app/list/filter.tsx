/** One filter above a list. */
import type { DescEnum } from "@bufbuild/protobuf";
import { enumWords } from "../data/names.ts";
import type { Resource, Row } from "../resources/resource.ts";
import { useOptions } from "../forms/options.ts";

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
  return (
    <label>
      {filter.label}
      {filter.kind === "text" || filter.kind === "time" ? (
        <input
          name={filter.name}
          type={filter.kind === "time" ? "datetime-local" : "text"}
          defaultValue={value}
          maxLength={200}
        />
      ) : (
        <Choice filter={filter} value={value} />
      )}
    </label>
  );
}

function Choice({ filter, value }: { filter: Exclude<Filter, { kind: "text" | "time" }>; value: string }) {
  const options = useChoices(filter);
  // The options may come later than the value: the select starts anew with them.
  return (
    <select key={options.length} name={filter.name} defaultValue={value}>
      <option value="">All</option>
      {options.map(({ value, words }) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </select>
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
