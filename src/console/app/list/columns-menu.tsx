/** Which columns a list shows. */
import { Button, Menu } from "@mantine/core";
import { listWords } from "./words.ts";

export interface ColumnsMenuProps {
  labels: readonly string[];
  hidden: readonly string[];
  hide(labels: string[]): void;
}

export function ColumnsMenu({ labels, hidden, hide }: ColumnsMenuProps) {
  const toggle = (label: string) =>
    hide(hidden.includes(label) ? hidden.filter((one) => one !== label) : [...hidden, label]);
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" size="xs">
          {listWords.columns}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {labels.map((label) => {
          const isShown = !hidden.includes(label);
          // One column stays.
          const isLast = isShown && hidden.length === labels.length - 1;
          return (
            <Menu.CheckboxItem key={label} checked={isShown} disabled={isLast} onChange={() => toggle(label)}>
              {label}
            </Menu.CheckboxItem>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}
