/** What a form holds while somebody edits a thing: their draft, and what was said of it when it was sent. */
import type { DescField } from "@bufbuild/protobuf";
import { useEffect, useState } from "react";
import { changedNames, type Draft, draftOf, fieldsOf, rebased, requestOf, send } from "./draft.ts";
import { type Value, WrongValue } from "./fields.ts";
import { type Problem, problemOf } from "../data/problem.ts";
import type { Resource, Row, Written } from "../resources/resource.ts";
import { transport } from "../data/transport.ts";
import { dropDraft, keepDraft, readDraft } from "./kept-draft.ts";
import { guardLeaving } from "../route.tsx";
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

export function useEditing<T extends Row>(props: EditingProps<T>) {
  const { resource, isNew = false, saved, reread } = props;
  const writing = isNew ? resource.create : resource.update;
  const currency = useCurrency();
  const fields = fieldsOf(resource, isNew);
  const { draft, change, settle, kept, settleKept } = useDraft(props, fields);
  const [state, setState] = useState<"editing" | "sending" | "saved">("editing");
  const refusal = useRefusal(writing?.field ?? "", reread);

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
      settle(written.row);
      refusal.setTheirs(undefined);
      setState("saved");
      saved(written);
    } catch (error) {
      setState("editing");
      await refusal.refused(error);
    }
  }
  function take(stored: T) {
    settle(stored);
    refusal.setTheirs(undefined);
  }
  function set(field: string, value: Value) {
    change({ ...draft, values: { ...draft.values, [field]: value } });
    setState("editing");
  }
  const { problems, failed, theirs } = refusal;
  const changed = changedNames(draft);
  return { currency, fields, draft, changed, kept, problems, failed, theirs, state, save, take, set, settleKept };
}

/** What is typed, and its copy that a reload does not lose. */
function useDraft<T extends Row>({ resource, row, isNew = false }: EditingProps<T>, fields: readonly DescField[]) {
  const name = `${resource.path}.${isNew ? "new" : row.id}`;
  const [draft, setDraft] = useState<Draft<T>>(() => draftOf(resource, row, fields));
  const [kept, setKept] = useState(() => readDraft(name));
  // What was read again and differs in none of these fields, as after an upload, is a new base for what is typed.
  useEffect(() => setDraft((before) => rebased(before, draftOf(resource, row, fields))), [row]);
  function change(next: Draft<T>) {
    setDraft(next);
    keepDraft(name, next, { fields, changed: changedNames(next) });
  }
  /** Nothing is left to save: the way out is free at once. */
  function settle(stored: T | undefined) {
    dropDraft(name);
    setKept(undefined);
    guardLeaving(undefined);
    if (stored !== undefined) setDraft(draftOf(resource, stored, fields));
  }
  /** Goes on with what was typed before, over what it was typed over; or forgets it. */
  function settleKept(restore: boolean) {
    setKept(undefined);
    if (!restore || kept === undefined) return dropDraft(name);
    const base = { ...draft.base };
    if (kept.etag !== "") base.etag = kept.etag;
    change({ ...draft, base, values: { ...draft.values, ...kept.values } });
  }
  return { draft, change, settle, kept, settleKept };
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
