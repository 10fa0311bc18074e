/** What a form holds while somebody edits a thing: their draft, and what was said of it when it was sent. */
import { useEffect, useState } from "react";
import { type Draft, draftOf, fieldsOf, rebased, requestOf, send } from "./draft.ts";
import { type Value, WrongValue } from "./fields.ts";
import { type Problem, problemOf } from "../data/problem.ts";
import type { Resource, Row, Written } from "../resources/resource.ts";
import { transport } from "../data/transport.ts";
import { brokenRules } from "./validation.ts";
import { useCurrency } from "../parts/currency.ts";

export interface EditingProps<T extends Row> {
  resource: Resource<T>;
  row: T;
  /** Choices of the fields that name another thing, by the field's name. */
  choices?: Readonly<Record<string, { value: string; words: string }[]>>;
  isNew?: boolean;
  saved(written: Written<T>): void;
  /** Reads it again, after somebody else changed it. */
  reread?(): Promise<T | undefined>;
}

/** What is wrong with fields, by their names. */
export type Problems = Readonly<Record<string, string>>;

export function useEditing<T extends Row>({ resource, row, isNew = false, saved, reread }: EditingProps<T>) {
  const writing = isNew ? resource.create : resource.update;
  const currency = useCurrency();
  const fields = fieldsOf(resource, isNew);
  const [draft, setDraft] = useState<Draft<T>>(() => draftOf(resource, row, fields));
  const [state, setState] = useState<"editing" | "sending" | "saved">("editing");
  const refusal = useRefusal(writing?.field ?? "", reread);
  // What was read again and differs in none of these fields, as after an upload, is a new base for what is typed.
  useEffect(() => setDraft((before) => rebased(before, draftOf(resource, row, fields))), [row]);

  async function save(from: Draft<T>) {
    if (writing === undefined) return;
    refusal.setFailed(undefined);
    setState("sending");
    try {
      const wish = requestOf(resource, { draft: from, fields, isNew, currency });
      const broken = await brokenRules(writing, wish);
      refusal.setProblems(broken);
      if (Object.keys(broken).length > 0) return setState("editing");
      const written = await send(writing, transport, wish);
      if (written.row !== undefined) setDraft(draftOf(resource, written.row, fields));
      refusal.setTheirs(undefined);
      setState("saved");
      saved(written);
    } catch (error) {
      setState("editing");
      await refusal.refused(error);
    }
  }
  function take(stored: T) {
    setDraft(draftOf(resource, stored, fields));
    refusal.setTheirs(undefined);
  }
  function set(name: string, value: Value) {
    setDraft({ ...draft, values: { ...draft.values, [name]: value } });
    setState("editing");
  }
  const { problems, failed, theirs } = refusal;
  return { currency, fields, draft, problems, failed, theirs, state, save, take, set };
}

/** Why the last try was refused: by fields, as a whole, or because somebody else had changed what was read. */
function useRefusal<T extends Row>(field: string, reread: EditingProps<T>["reread"]) {
  const [problems, setProblems] = useState<Problems>({});
  const [failed, setFailed] = useState<unknown>();
  const [theirs, setTheirs] = useState<T>();
  async function refused(error: unknown) {
    if (error instanceof WrongValue) return setProblems({ [error.field]: error.message });
    const problem = problemOf(error);
    // Where it cannot be read again, the refusal alone is told.
    const stored = problem.reason === "STALE_ETAG" ? await reread?.().catch(() => undefined) : undefined;
    if (stored !== undefined) return setTheirs(stored);
    setProblems(byField(problem, field));
    setFailed(error);
  }
  return { problems, setProblems, failed, setFailed, theirs, setTheirs, refused };
}

/** `product.title` as the form knows it: `title`. */
function byField({ violations }: Problem, field: string): Problems {
  return Object.fromEntries(
    violations.map((one) => [one.field.replace(`${field}.`, "").split(/[.[]/, 1)[0] ?? "", one.description]),
  );
}
