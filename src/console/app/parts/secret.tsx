/** A secret that was just made, shown this once. */
import { Button, Code, Group, Paper } from "@mantine/core";
import { useState } from "react";
import { Heading } from "./heading.tsx";

export function Secret({ secret, what, done }: { secret: string; what: string; done(): void }) {
  const [copied, setCopied] = useState(false);
  return (
    <Paper component="section">
      <Heading>The new {what}</Heading>
      <p>
        <strong>This is the only time that it is shown.</strong> Copy it to where it is needed.
      </p>
      <Code block>{secret}</Code>
      <Group mt="md">
        <Button onClick={() => void navigator.clipboard.writeText(secret).then(() => setCopied(true))}>Copy</Button>
        <Button variant="default" onClick={done}>
          Done
        </Button>
        <span role="status">{copied ? "Copied." : ""}</span>
      </Group>
    </Paper>
  );
}
