/** Somebody else was faster: what is stored now and what was meant here, side by side, and a choice. */
import { Alert, Button, Code, Group, Table } from "@mantine/core";
import type { Difference } from "./difference.ts";
import { sentence } from "../data/names.ts";
import { formWords } from "./words.ts";

export interface OvertakenProps {
  /** What it is: `product`. */
  one: string;
  differences: readonly Difference[];
  /** The heading over `mine`. */
  mine: string;
  takeTheirs(): void;
  /** Where it can be done all the same: the words on the button, and doing it. */
  goOn?: { words: string; go(): void } | undefined;
}

export function Overtaken({ one, differences, mine, takeTheirs, goOn }: OvertakenProps) {
  return (
    <Alert color="red" role="alert" title={formWords.overtaken(one)}>
      <Table captionSide="bottom">
        <Table.Caption>
          {formWords.reason} <Code>STALE_ETAG</Code>
        </Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{formWords.field}</Table.Th>
            <Table.Th scope="col">{formWords.storedNow}</Table.Th>
            <Table.Th scope="col">{mine}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {differences.map((difference) => (
            <Table.Tr key={difference.name}>
              <Table.Th scope="row">{sentence(difference.name)}</Table.Th>
              <Table.Td>{difference.stored}</Table.Td>
              <Table.Td>{difference.mine}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Group gap="xs" mt="sm">
        <Button size="xs" variant="default" onClick={takeTheirs}>
          {formWords.takeTheirs}
        </Button>
        {goOn === undefined ? null : (
          <Button size="xs" color="red" onClick={goOn.go}>
            {goOn.words}
          </Button>
        )}
      </Group>
    </Alert>
  );
}
