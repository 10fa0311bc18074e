/**
 * The form of one thing, made from its descriptor: new or as it is now.
 *
 * Which fields there are says the update mask's own rule; an edit sends those that differ from what was read, with the
 * etag that was read. Whoever is overtaken sees both versions and chooses.
 */
import { Alert, Button, Group, Paper, Stack } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { may } from "../auth/permission.ts";
import { differencesOfForm } from "./difference.ts";
import type { Row, Written } from "../resources/resource.ts";
import { givenNames, ruleOf } from "./rules.ts";
import { transport } from "../data/transport.ts";
import { type EditingProps, type Problems, useEditing } from "./use-editing.ts";
import { ButtonLink, navigate } from "../route.tsx";
import { Field } from "./field.tsx";
import { Leaving } from "./leaving.tsx";
import { formWords } from "./words.ts";
import { Heading } from "../parts/heading.tsx";
import { Removal } from "../parts/removal.tsx";
import { Overtaken } from "./overtaken.tsx";
import { Loading, Trouble } from "../parts/states.tsx";

export interface FormProps<T extends Row> extends Pick<EditingProps<T>, "resource" | "choices"> {
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
      <Heading>{formWords.heading(resource.one)}</Heading>
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
  if (row === null) return <Trouble error={new Error(formWords.missing(resource.one))} />;
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
      <Heading
        actions={
          <>
            <ButtonLink to={`/${resource.path}`}>{formWords.toAll(resource.many)}</ButtonLink>
            <Removal resource={resource} row={row} />
          </>
        }
      >
        {resource.title(row)}
      </Heading>
      <Editing key={id} resource={resource} row={row} choices={choices} saved={saved} reread={reread} />
      {children?.(row)}
    </section>
  );
}

function Editing<T extends Row>(props: EditingProps<T>) {
  const { resource, choices = {}, isNew = false } = props;
  const { currency, fields, draft, changed, kept, problems, failed, theirs, state, ...edit } = useEditing(props);
  const writing = isNew ? resource.create : resource.update;
  if (writing === undefined || !may(writing.method)) return null;
  const given = givenNames(resource.create);
  function submit(event: FormEvent) {
    event.preventDefault();
    void edit.save(draft);
  }
  return (
    <Paper component="form" maw="46rem" mb="md" onSubmit={submit} noValidate>
      <Stack gap="md">
        <Leaving dirty={changed.length > 0} />
        {kept === undefined ? null : <Kept settle={edit.settleKept} />}
        {theirs === undefined ? null : (
          <Overtaken
            one={resource.one}
            differences={differencesOfForm(resource.schema, { stored: theirs, values: draft.values, fields })}
            mine={formWords.yours}
            takeTheirs={() => edit.take(theirs)}
            goOn={{ words: formWords.saveMine, go: () => void edit.save({ ...draft, base: theirs }) }}
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
            set={(value) => edit.set(field.name, value)}
          />
        ))}
        {failed === undefined ? null : <Trouble error={failed} />}
        <Summary problems={problems} />
        <Group>
          <Button type="submit" disabled={!isNew && changed.length === 0} loading={state === "sending"}>
            {isNew ? formWords.create(resource.one) : formWords.save}
          </Button>
          <span role="status">{state === "saved" ? formWords.saved : state === "sending" ? formWords.saving : ""}</span>
        </Group>
      </Stack>
    </Paper>
  );
}

function Kept({ settle }: { settle(restore: boolean): void }) {
  return (
    <Alert color="yellow" role="status" title={formWords.kept}>
      <Group gap="xs">
        <Button size="xs" onClick={() => settle(true)}>
          {formWords.restore}
        </Button>
        <Button size="xs" variant="default" onClick={() => settle(false)}>
          {formWords.discard}
        </Button>
      </Group>
    </Alert>
  );
}

function Summary({ problems }: { problems: Problems }) {
  const all = Object.entries(problems).map(([field, words]) => `${field}: ${words}`);
  if (all.length === 0) return null;
  return (
    <p className="wrong" role="alert">
      {all.join("; ")}
    </p>
  );
}
