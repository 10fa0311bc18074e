/** A secret that was just made, shown this once. */
import { Button, Code, Group, Paper } from "@mantine/core";
import { useState } from "react";
import { Heading } from "./heading.tsx";
import { words } from "../words/parts.ts";

export function Secret({ secret, what, done }: { secret: string; what: string; done(): void }) {
  const [copied, setCopied] = useState(false);
  return (
    <Paper component="section">
      <Heading>{words.secret(what)}</Heading>
      <p>
        <strong>{words.secretOnce}</strong> {words.secretCopy}
      </p>
      <Code block>{secret}</Code>
      <Group mt="md">
        <Button onClick={() => void navigator.clipboard.writeText(secret).then(() => setCopied(true))}>
          {words.copy}
        </Button>
        <Button variant="default" onClick={done}>
          {words.done}
        </Button>
        <span role="status">{copied ? words.copied : ""}</span>
      </Group>
    </Paper>
  );
}
