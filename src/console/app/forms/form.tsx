/**
 * The form of one thing, made from its descriptor: new or as it is now.
 *
 * Which fields there are says the update mask's own rule; an edit sends those that differ from what was read, with the
 * etag that was read. Whoever is overtaken sees both versions and chooses.
 */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useEffect, useState } from "react";
import { may } from "../auth/permission.ts";
import { changedNames, type Draft, draftOf, fieldsOf, rebased, requestOf, send } from "./draft.ts";
import { differencesOfForm } from "./difference.ts";
import { WrongValue } from "./fields.ts";
import { type Problem, problemOf } from "../data/problem.ts";
import type { Resource, Row, Written } from "../resources/resource.ts";
import { givenNames, ruleOf } from "./rules.ts";
import { transport } from "../data/transport.ts";
import { brokenRules } from "./validation.ts";
import { Link, navigate } from "../route.tsx";
import { useCurrency } from "../parts/currency.ts";
import { Field } from "./field.tsx";
import { Removal } from "../parts/removal.tsx";
import { Overtaken } from "./overtaken.tsx";
import { Loading, Trouble } from "../parts/states.tsx";

export interface FormProps<T extends Row> {
  resource: Resource<T>;
  /** Choices of the fields that name another thing, by the field's name. */
  choices?: Readonly<Record<string, { value: string; words: string }[]>>;
  /** Shown below what exists, such as its image. */
  children?(row: T): ReactNode;
}

export function NewForm<T extends Row>({
  resource,
  choices,
  after,
}: FormProps<T> & { after?(written: Written<T>): void }) {
  const [row] = useState(() => resource.blank());
  const client = useQueryClient();
  function saved(written: Written<T>) {
    void client.invalidateQueries({ queryKey: [resource.path] });
    if (after !== undefined) after(written);
    else
      navigate(
        `/${resource.path}${written.row === undefined || resource.get === undefined ? "" : `/${written.row.id}`}`,
      );
  }
  return (
    <section>
      <h1>New {resource.one}</h1>
      <Editing resource={resource} row={row} choices={choices} isNew saved={saved} />
    </section>
  );
}

export function EditForm<T extends Row>({ resource, id, choices, children }: FormProps<T> & { id: string }) {
  const client = useQueryClient();
  const key = [resource.path, "one", id];
  const one = useQuery({
    queryKey: key,
    // A form under somebody's hands is not changed behind their back; the etag tells when it was overtaken.
    refetchOnWindowFocus: false,
    queryFn: async () => (await resource.get?.send(transport, id)) ?? null,
  });
  if (one.isPending) return <Loading />;
  // What could be read once stays: a later failure must not take away what was typed.
  if (one.isLoadingError) return <Trouble error={one.error} retry={() => void one.refetch()} />;
  const row = one.data;
  if (row === null) return <Trouble error={new Error(`There is no such ${resource.one}.`)} />;
  function saved(written: Written<T>) {
    client.setQueryData(key, written.row);
    void client.invalidateQueries({ queryKey: [resource.path, "list"] });
    void client.invalidateQueries({ queryKey: [resource.path, "options"] });
  }
  const reread = async () =>
    (await client.fetchQuery({ queryKey: key, queryFn: () => resource.get?.send(transport, id), staleTime: 0 })) ??
    undefined;
  return (
    <section>
      <header className="bar">
        <h1>{resource.title(row)}</h1>
        <div className="actions">
          <Link to={`/${resource.path}`} className="button">
            All {resource.many}
          </Link>
          <Removal resource={resource} row={row} />
        </div>
      </header>
      <Editing key={id} resource={resource} row={row} choices={choices} saved={saved} reread={reread} />
      {children?.(row)}
    </section>
  );
}

interface EditingProps<T extends Row> extends FormProps<T> {
  row: T;
  isNew?: boolean;
  saved(written: Written<T>): void;
  /** Reads it again, after somebody else changed it. */
  reread?(): Promise<T | undefined>;
}

function Editing<T extends Row>({ resource, row, choices = {}, isNew = false, saved, reread }: EditingProps<T>) {
  const writing = isNew ? resource.create : resource.update;
  const currency = useCurrency();
  const fields = fieldsOf(resource, isNew);
  const given = givenNames(resource.create);
  const [draft, setDraft] = useState<Draft<T>>(() => draftOf(resource, row, fields));
  const [problems, setProblems] = useState<Readonly<Record<string, string>>>({});
  const [failed, setFailed] = useState<unknown>();
  const [theirs, setTheirs] = useState<T>();
  const [state, setState] = useState<"editing" | "sending" | "saved">("editing");
  // What was read again and differs in none of these fields, as after an upload, is a new base for what is typed.
  useEffect(() => setDraft((before) => rebased(before, draftOf(resource, row, fields))), [row]);
  if (writing === undefined || !may(writing.method)) return null;
  const changed = isNew ? fields.map(({ name }) => name) : changedNames(draft);

  async function save(from: Draft<T>) {
    if (writing === undefined) return;
    setFailed(undefined);
    setState("sending");
    try {
      const wish = requestOf(resource, { draft: from, fields, isNew, currency });
      const broken = await brokenRules(writing, wish);
      setProblems(broken);
      if (Object.keys(broken).length > 0) return setState("editing");
      const written = await send(writing, transport, wish);
      if (written.row !== undefined) setDraft(draftOf(resource, written.row, fields));
      setTheirs(undefined);
      setState("saved");
      saved(written);
    } catch (error) {
      setState("editing");
      await refused(error);
    }
  }
  async function refused(error: unknown) {
    if (error instanceof WrongValue) return setProblems({ [error.field]: error.message });
    const problem = problemOf(error);
    // Where it cannot be read again, the refusal alone is told.
    const stored = problem.reason === "STALE_ETAG" ? await reread?.().catch(() => undefined) : undefined;
    if (stored !== undefined) return setTheirs(stored);
    setProblems(byField(problem, writing?.field ?? ""));
    setFailed(error);
  }
  function submit(event: FormEvent) {
    event.preventDefault();
    void save(draft);
  }
  return (
    <form className="card" onSubmit={submit} noValidate>
      {theirs === undefined ? null : (
        <Overtaken
          one={resource.one}
          differences={differencesOfForm(resource.schema, { stored: theirs, values: draft.values, fields })}
          mine="Yours"
          takeTheirs={() => (setDraft(draftOf(resource, theirs, fields)), setTheirs(undefined))}
          goOn={{ words: "Save mine over it", go: () => void save({ ...draft, base: theirs }) }}
        />
      )}
      {fields.map((field) => (
        <Field
          key={field.name}
          field={field}
          rule={ruleOf(field, given)}
          value={draft.values[field.name] ?? ""}
          options={choices[field.name]}
          currency={currency}
          problem={problems[field.name]}
          set={(value) => (
            setDraft({ ...draft, values: { ...draft.values, [field.name]: value } }),
            setState("editing")
          )}
        />
      ))}
      {failed === undefined ? null : <Trouble error={failed} />}
      {Object.keys(problems).length === 0 ? null : (
        <p className="wrong" role="alert">
          {summary(problems)}
        </p>
      )}
      <div className="actions">
        <button type="submit" className="primary" disabled={state === "sending" || changed.length === 0}>
          {isNew ? `Create ${resource.one}` : "Save"}
        </button>
        <span role="status">{state === "saved" ? "Saved." : state === "sending" ? "Saving…" : ""}</span>
      </div>
    </form>
  );
}

/** `product.title` as the form knows it: `title`. */
function byField({ violations }: Problem, field: string): Record<string, string> {
  return Object.fromEntries(
    violations.map((one) => [one.field.replace(`${field}.`, "").split(/[.[]/, 1)[0] ?? "", one.description]),
  );
}

function summary(problems: Readonly<Record<string, string>>): string {
  return Object.entries(problems)
    .map(([field, words]) => `${field}: ${words}`)
    .join("; ");
}
