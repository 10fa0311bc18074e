/** Rows by name, each with what becomes of it or why nothing did; the first of many. */
import { Alert, Code, Text } from "@mantine/core";
import { problemOf } from "../data/problem.ts";
import type { Resource, Row } from "../resources/resource.ts";
import type { Failed } from "./run-steps.ts";
import { bulkWords } from "./words.ts";

/** Enough to see that it is what one meant. */
const SHOWN = 8;

export function RowLines({ lines }: { lines: readonly (readonly [name: string, words: string])[] }) {
  if (lines.length === 0) return null;
  return (
    <ul className="plain">
      {lines.slice(0, SHOWN).map(([name, words], index) => (
        <li key={index}>
          {name} <span className="number">{words}</span>
        </li>
      ))}
      {lines.length > SHOWN ? <li className="small">{bulkWords.more(lines.length - SHOWN)}</li> : null}
    </ul>
  );
}

/** All of them: none that failed may be overlooked. */
export function FailedRows<T extends Row>({
  resource,
  failed,
}: {
  resource: Resource<T>;
  failed: readonly Failed<T>[];
}) {
  if (failed.length === 0) return null;
  return (
    <Alert color="red" role="alert" title={bulkWords.failed(failed.length)}>
      <ul className="plain">
        {failed.map(({ step: { row }, error }) => {
          const { reason, message } = problemOf(error);
          return (
            <li key={row.id}>
              <strong>{resource.title(row)}</strong> {message}{" "}
              <Text span size="xs">
                <Code>{reason}</Code>
              </Text>
            </li>
          );
        })}
      </ul>
    </Alert>
  );
}
