/** The ways to the screens where there is no room for them beside one: from the side, over it. */
import { Drawer } from "@mantine/core";
import { Navigation } from "./navigation.tsx";

export function PhoneMenu({ current, close }: { current: string; close(): void }) {
  return (
    <Drawer opened onClose={close} title="Bodega" size="xs">
      <Navigation current={current} taken={close} />
    </Drawer>
  );
}
