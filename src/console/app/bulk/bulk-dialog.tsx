/** Asks once what is done to how many, does it row by row, and tells of each that failed. */
import { Button, Group, NativeSelect, Progress, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { WrongValue } from "../forms/fields.ts";
import { Dialog } from "../parts/confirm.tsx";
import type { Resource, Row } from "../resources/resource.ts";
import type { Act, ActInput, Step } from "./act.ts";
import { FailedRows, RowLines } from "./row-lines.tsx";
import { type Run, useRun } from "./use-run.ts";
import { bulkWords } from "./words.ts";

export interface BulkDialogProps<T extends Row> {
  resource: Resource<T>;
  act: Act<T>;
  rows: readonly T[];
  /** Told of rows that need nothing more. */
  settled(done: readonly T[]): void;
  close(): void;
}

export function BulkDialog<T extends Row>({ resource, act, rows, settled, close }: BulkDialogProps<T>) {
  // What was chosen when it was asked: what is done leaves the choice meanwhile.
  const [chosen] = useState(rows);
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const run = useRun(resource, settled);
  const { state } = run;
  return (
    <Dialog
      title={bulkWords.question(act.words, chosen.length, resource.many)}
      onClose={state.kind === "running" ? run.stop : close}
    >
      {state.kind === "asking" ? (
        <Asked {...{ resource, act, values, setValues, close }} rows={chosen} go={run.go} />
      ) : (
        <Told resource={resource} run={run} close={close} />
      )}
    </Dialog>
  );
}

interface AskedProps<T extends Row> extends Omit<BulkDialogProps<T>, "settled"> {
  values: Readonly<Record<string, string>>;
  setValues(values: Readonly<Record<string, string>>): void;
  go(steps: readonly Step<T>[]): void;
}

function Asked<T extends Row>({ resource, act, rows, values, setValues, go, close }: AskedProps<T>) {
  const { steps, skipped, wrong } = planned(act, rows, values);
  const touched = (act.inputs ?? []).every(({ name }) => (values[name] ?? "") !== "");
  function submit(event: FormEvent) {
    event.preventDefault();
    if (touched && steps.length > 0) go(steps);
  }
  return (
    <Stack component="form" onSubmit={submit}>
      {act.inputs?.map((input) => (
        <Input
          key={input.name}
          input={input}
          value={values[input.name] ?? ""}
          problem={touched && wrong?.field === input.name ? wrong.message : undefined}
          set={(value) => setValues({ ...values, [input.name]: value })}
        />
      ))}
      {touched && wrong === undefined ? (
        <RowLines lines={steps.map(({ row, words }) => [resource.title(row), words])} />
      ) : null}
      {touched && skipped.length > 0 ? (
        <div>
          {bulkWords.skipped(skipped.length)}
          <RowLines lines={skipped.map(([row, why]) => [resource.title(row), why])} />
        </div>
      ) : null}
      {touched && steps.length === 0 && wrong === undefined ? <span className="wrong">{bulkWords.nothing}</span> : null}
      <Group gap="xs">
        <Button type="submit" disabled={!touched || steps.length === 0}>
          {bulkWords.go(act.words, touched ? steps.length : 0)}
        </Button>
        <Button variant="default" onClick={close}>
          {bulkWords.cancel}
        </Button>
      </Group>
    </Stack>
  );
}

interface Planned<T extends Row> {
  steps: Step<T>[];
  skipped: [T, string][];
  wrong?: WrongValue;
}

function planned<T extends Row>(act: Act<T>, rows: readonly T[], values: Readonly<Record<string, string>>): Planned<T> {
  const steps: Step<T>[] = [];
  const skipped: [T, string][] = [];
  try {
    for (const row of rows) {
      const step = act.plan(row, values);
      if (typeof step === "string") skipped.push([row, step]);
      else steps.push(step);
    }
    return { steps, skipped };
  } catch (error) {
    if (error instanceof WrongValue) return { steps: [], skipped: [], wrong: error };
    throw error;
  }
}

interface InputProps {
  input: ActInput;
  value: string;
  problem: string | undefined;
  set(value: string): void;
}

function Input({ input, value, problem, set }: InputProps) {
  const shared = { label: input.label, description: input.hint, error: problem, value };
  // An input keeps its kind for as long as it is shown, so that the hooks are the same ones each time.
  const options = input.options?.();
  if (options === undefined)
    return <TextInput {...shared} data-autofocus autoComplete="off" onChange={(event) => set(event.target.value)} />;
  const data = [
    { value: "", label: bulkWords.choose },
    ...options.map(({ value, words }) => ({ value, label: words })),
  ];
  return <NativeSelect {...shared} data={data} onChange={(event) => set(event.target.value)} />;
}

function Told<T extends Row>({ resource, run, close }: { resource: Resource<T>; run: Run<T>; close(): void }) {
  const { state } = run;
  if (state.kind === "asking") return null;
  const { done, all } = state;
  if (state.kind === "running")
    return (
      <Stack>
        <span role="status">{bulkWords.progress(done, all)}</span>
        <Progress value={(done / all) * 100} aria-label={bulkWords.running} />
        {/* Not where the button was that began it: a double click would stop it. */}
        <Group justify="flex-end">
          <Button variant="default" onClick={run.stop}>
            {bulkWords.stop}
          </Button>
        </Group>
      </Stack>
    );
  const { failed, left } = state;
  const again = [...failed.map(({ step }) => step), ...left];
  return (
    <Stack>
      <span role="status">
        {bulkWords.done(all - again.length, all)} {left.length === 0 ? "" : bulkWords.stopped(left.length)}
      </span>
      <FailedRows resource={resource} failed={failed} />
      <Group gap="xs">
        {again.length === 0 ? null : <Button onClick={() => run.retry(again)}>{bulkWords.retry(again.length)}</Button>}
        <Button variant="default" onClick={close}>
          {bulkWords.close}
        </Button>
      </Group>
    </Stack>
  );
}
