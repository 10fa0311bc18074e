/** The fields above a list; what they hold becomes the page's address. */
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { listWords } from "./words.ts";
import { type Filter, FilterInput } from "./filter.tsx";

export interface AskingProps {
  search?: string | undefined;
  filters: readonly Filter[];
  /** Values of order_by with their words; the first is the default. */
  orders?: readonly [string, string][] | undefined;
  /** What is asked now. */
  question: string;
  ask(values: Iterable<readonly [string, string]>): void;
}

export function Asking({ search, filters, orders, question, ask }: AskingProps) {
  const [open, setOpen] = useState(false);
  if (filters.length === 0 && orders === undefined && search === undefined) return null;
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    ask(
      [...new FormData(event.currentTarget)].flatMap(([name, value]) =>
        typeof value === "string" ? [[name, value]] : [],
      ),
    );
  }
  return (
    <>
      <Button
        className="narrow"
        variant="default"
        size="xs"
        mb="sm"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        {listWords.filters}
      </Button>
      <form
        className={open ? "asking open" : "asking"}
        role="search"
        onSubmit={submit}
        onChange={(event) => event.target instanceof HTMLSelectElement && event.currentTarget.requestSubmit()}
      >
        <Fields {...{ search, filters, orders }} asked={new URLSearchParams(question)} />
        <Button type="submit" variant="default" w="fit-content">
          {listWords.find}
        </Button>
      </form>
    </>
  );
}

interface FieldsProps extends Pick<AskingProps, "search" | "filters" | "orders"> {
  asked: URLSearchParams;
}

function Fields({ search, filters, orders, asked }: FieldsProps) {
  return (
    <>
      {search === undefined ? null : (
        <TextInput label={search} type="search" name="q" defaultValue={asked.get("q") ?? ""} maxLength={200} />
      )}
      {filters.map((filter) => (
        <FilterInput key={filter.name} filter={filter} value={asked.get(filter.name) ?? ""} />
      ))}
      {orders === undefined ? null : (
        <NativeSelect
          label={listWords.sortedBy}
          name="order"
          defaultValue={asked.get("order") ?? ""}
          data={orders.map(([value, label]) => ({ value, label }))}
        />
      )}
    </>
  );
}
