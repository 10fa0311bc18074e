/** How every component of the console looks and behaves where a screen says nothing else. */
import { createTheme, MantineProvider } from "@mantine/core";
import type { ReactNode } from "react";
import { words } from "../words/parts.ts";

/** A lock of the page's scrolling would be a style that is written at run time. Motion tells nothing here. */
const OVERLAY = { lockScroll: false, transitionProps: { duration: 0 } };
const CLOSE = { closeButtonProps: { "aria-label": words.close } };
const DENSE = { size: "sm" };

const theme = createTheme({
  primaryColor: "teal",
  defaultRadius: "md",
  respectReducedMotion: true,
  // By name: what is imported here would be a part of the first view.
  components: {
    Checkbox: { defaultProps: DENSE },
    Drawer: { defaultProps: { ...OVERLAY, ...CLOSE } },
    // Its placeholder for the focus is nothing that a menu may hold.
    Menu: { defaultProps: { transitionProps: { duration: 0 }, withInitialFocusPlaceholder: false } },
    Modal: { defaultProps: { ...OVERLAY, ...CLOSE } },
    NativeSelect: { defaultProps: DENSE },
    Paper: { defaultProps: { withBorder: true, p: "md" } },
    Textarea: { defaultProps: DENSE },
    TextInput: { defaultProps: DENSE },
  },
});

/** Light or dark as the system is. */
export function Theme({ children }: { children: ReactNode }) {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      {children}
    </MantineProvider>
  );
}
