/** Somebody else was faster: what is stored now and what was meant here, side by side, and a choice. */
import { Alert, Button, Code, Group, Table } from "@mantine/core";
import type { Difference } from "./difference.ts";
import { sentence } from "../data/names.ts";

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
    <Alert color="red" role="alert" title={`Somebody else changed this ${one} meanwhile. Nothing of yours was done.`}>
      <Table captionSide="bottom">
        <Table.Caption>
          Reason <Code>STALE_ETAG</Code>
        </Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Field</Table.Th>
            <Table.Th scope="col">Stored now</Table.Th>
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
          Take what is stored
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
