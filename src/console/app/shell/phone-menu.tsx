/** The ways to the screens where there is no room for them beside one: from the side, over it. */
import { Drawer } from "@mantine/core";
import { Navigation } from "./navigation.tsx";
import { words } from "../words/frame.ts";

export function PhoneMenu({ current, close }: { current: string; close(): void }) {
  return (
    <Drawer opened onClose={close} title={words.shop} size="xs">
      <Navigation current={current} taken={close} />
    </Drawer>
  );
}
