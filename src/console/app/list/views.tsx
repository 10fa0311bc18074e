/** Saved views of a list: filters, sorting and columns under a name, kept in the browser. */
import { Button, Group, Menu, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Dialog } from "../parts/confirm.tsx";
import { useKept } from "./kept.ts";
import { listWords } from "./words.ts";

export interface View {
  name: string;
  /** As in the page's address. */
  question: string;
  hidden: readonly string[];
}

export interface ViewsProps {
  /** The list's. */
  path: string;
  now: Omit<View, "name">;
  show(view: View): void;
}

export function Views({ path, now, show }: ViewsProps) {
  const [views, keep] = useKept(`bodega.views.${path}`, parseViews);
  const [naming, setNaming] = useState(false);
  const without = (name: string) => views.filter((view) => view.name !== name);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" size="xs">
            {listWords.views}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {views.map((view) => (
            <Menu.Item key={view.name} onClick={() => show(view)}>
              {view.name}
            </Menu.Item>
          ))}
          <Menu.Item onClick={() => setNaming(true)}>{listWords.saveView}</Menu.Item>
          {views.map(({ name }) => (
            <Menu.Item key={name} onClick={() => keep(without(name))}>
              {listWords.removeView(name)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {naming ? (
        <NameDialog
          close={() => setNaming(false)}
          named={(name) => (keep([...without(name), { ...now, name }]), setNaming(false))}
        />
      ) : null}
    </>
  );
}

function NameDialog({ named, close }: { named(name: string): void; close(): void }) {
  const [name, setName] = useState("");
  function submit(event: FormEvent) {
    event.preventDefault();
    if (name.trim() !== "") named(name.trim());
  }
  return (
    <Dialog title={listWords.saveViewTitle} onClose={close}>
      <Stack component="form" onSubmit={submit}>
        <TextInput
          label={listWords.viewName}
          description={listWords.saveViewHint}
          data-autofocus
          maxLength={60}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Group gap="xs">
          <Button type="submit">{listWords.save}</Button>
          <Button variant="default" onClick={close}>
            {listWords.cancel}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

function parseViews(kept: unknown): View[] {
  return Array.isArray(kept) ? kept.filter(isView) : [];
}

function isView(one: unknown): one is View {
  if (typeof one !== "object" || one === null) return false;
  if (!("name" in one && "question" in one && "hidden" in one)) return false;
  return typeof one.name === "string" && typeof one.question === "string" && Array.isArray(one.hidden);
}
