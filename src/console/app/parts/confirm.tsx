/** Asks before something is done that is not undone: focus stays inside, and Escape closes. */
import { Button, Group, Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { words } from "../words/parts.ts";

export interface DialogProps {
  title: string;
  children: ReactNode;
  onClose(): void;
  /** For one that holds nothing that a click beside it could lose. */
  closesOutside?: boolean;
}

export function Dialog({ title, children, onClose, closesOutside = false }: DialogProps) {
  return (
    <Modal opened onClose={onClose} title={title} closeOnClickOutside={closesOutside}>
      {children}
    </Modal>
  );
}

export interface ConfirmProps {
  title: string;
  children?: ReactNode;
  /** The word on the button: what will happen. */
  action: string;
  busy: boolean;
  onConfirm(): void;
  onClose(): void;
}

export function Confirm({ title, children, action, busy, onConfirm, onClose }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <Group mt="md" gap="xs">
        <Button color="red" loading={busy} onClick={onConfirm}>
          {action}
        </Button>
        <Button variant="default" onClick={onClose}>
          {words.keep}
        </Button>
      </Group>
    </Dialog>
  );
}
