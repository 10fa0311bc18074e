/** What a screen shows while it has nothing else to show: it waits, it failed, there is nothing. */
import { Alert, Button, Code, Group, Loader, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { problemOf } from "../data/problem.ts";
import { words } from "../words/parts.ts";

export function Loading({ what = words.loading }: { what?: string }) {
  return (
    <Group className="state" role="status" gap="xs">
      <Loader size="xs" aria-hidden="true" />
      {words.waiting(what)}
    </Group>
  );
}

export function Empty({ children }: { children: ReactNode }) {
  return <p className="state">{children}</p>;
}

export interface TroubleProps {
  error: unknown;
  /** Offered where asking again may help: what was refused would be refused again. */
  retry?: (() => void) | undefined;
}

export function Trouble({ error, retry }: TroubleProps) {
  const { reason, message, requestId, passing } = problemOf(error);
  return (
    <Alert color="red" title={message} mb="md" role="alert">
      <Text size="xs">
        {words.reason} <Code>{reason}</Code>
        {requestId === "" ? null : (
          <>
            , {words.request} <Code>{requestId}</Code>
          </>
        )}
      </Text>
      {retry === undefined || !passing ? null : (
        <Button mt="sm" size="xs" variant="default" onClick={retry}>
          {words.tryAgain}
        </Button>
      )}
    </Alert>
  );
}
