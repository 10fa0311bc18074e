/** What the production checklist finds: one line each, with what to do. */

export interface Finding {
  /** An error keeps a deployment from being safe; a warning is for somebody to decide. */
  severity: "error" | "warning";
  /** The variable or setting that it is about. */
  about: string;
  text: string;
}

export function error(about: string, text: string): Finding {
  return { severity: "error", about, text };
}

export function warning(about: string, text: string): Finding {
  return { severity: "warning", about, text };
}
