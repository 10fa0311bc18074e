/** Sets, adjusts or transfers the stock of one product. */
import type { DescMessage } from "@bufbuild/protobuf";
import { Button, Group, Stack } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { InventoryService } from "../../../../gen/bodega/inventory/v1/inventory_service_pb.ts";
import { StockMovementKind } from "../../../../gen/bodega/inventory/v1/stock_movement_pb.ts";
import { call } from "../data/call.ts";
import type { Value, Values } from "../forms/fields.ts";
import { problemOf } from "../data/problem.ts";
import { ruleOf } from "../forms/rules.ts";
import { transport } from "../data/transport.ts";
import { Dialog } from "../parts/confirm.tsx";
import { Field } from "../forms/field.tsx";
import { Trouble } from "../parts/states.tsx";
import { words } from "../words/screens/stock.ts";

export type StockChange = "set" | "adjust" | "transfer";

export interface StockDialogProps {
  change: StockChange;
  storeId: string;
  productId: string;
  title: string;
  /** As the screen shows it: what somebody sold meanwhile is not overwritten unseen. */
  quantity: number;
  stores: { value: string; words: string }[];
  close(): void;
}

const { method } = InventoryService;
const asks: Record<StockChange, { input: DescMessage; fields: string[] }> = {
  set: { input: method.setStock.input, fields: ["quantity", "reason"] },
  adjust: { input: method.adjustStock.input, fields: ["delta", "reason"] },
  transfer: { input: method.transferStock.input, fields: ["to_store_id", "quantity", "reason"] },
};
const NONE: ReadonlySet<string> = new Set();

export function StockDialog(props: StockDialogProps) {
  const { change, title, close } = props;
  const [values, setValues] = useState<Values>({});
  const { expected, go } = useStockChange(props);
  function submit(event: FormEvent) {
    event.preventDefault();
    go.mutate(values);
  }
  return (
    <Dialog title={words.titles[change](title)} onClose={close}>
      <Stack component="form" onSubmit={submit}>
        <span>{words.sellableNow(expected.toLocaleString("en"))}</span>
        <StockFields {...props} values={values} setValues={setValues} />
        {go.isError ? <Trouble error={go.error} /> : null}
        <Group gap="xs">
          <Button type="submit" loading={go.isPending}>
            {words.save}
          </Button>
          <Button variant="default" onClick={close}>
            {words.cancel}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

/** What the dialog does, and the stock that it counts on. */
function useStockChange({ change, storeId, productId, quantity, close }: StockDialogProps) {
  const [expected, setExpected] = useState(quantity);
  // The same for every try of one change, so that a lost answer cannot do it twice.
  const [requestId] = useState(() => crypto.randomUUID());
  const client = useQueryClient();
  const go = useMutation({
    mutationFn: (values: Values) => send(change, { storeId, productId, requestId, values, expected }),
    onSuccess() {
      void client.invalidateQueries({ queryKey: ["stock"] });
      close();
    },
    onError(error) {
      const { reason, metadata } = problemOf(error);
      if (reason !== "STALE_QUANTITY") return;
      // Told by the error; who saves again has seen it.
      setExpected(Number(metadata["quantity"]));
      void client.invalidateQueries({ queryKey: ["stock"] });
    },
  });
  return { expected, go };
}

interface StockFieldsProps extends StockDialogProps {
  values: Values;
  setValues(values: Values): void;
}

function StockFields({ change, storeId, stores, values, setValues }: StockFieldsProps) {
  const { input, fields } = asks[change];
  return input.fields
    .filter(({ name }) => fields.includes(name))
    .map((field) => (
      <Field
        key={field.name}
        field={field}
        rule={{ ...ruleOf(field, NONE), required: field.name !== "reason" }}
        value={values[field.name] ?? ""}
        options={field.name === "to_store_id" ? stores.filter(({ value }) => value !== storeId) : undefined}
        currency=""
        set={(value: Value) => setValues({ ...values, [field.name]: value })}
      />
    ));
}

interface Change {
  storeId: string;
  productId: string;
  requestId: string;
  values: Values;
  expected: number;
}

async function send(change: StockChange, { storeId, productId, requestId, values, expected }: Change): Promise<void> {
  const number = (name: string) => Number(values[name] ?? 0);
  const reason = String(values["reason"] ?? "");
  switch (change) {
    case "set":
      return void (await call(transport, method.setStock, {
        storeId,
        productId,
        quantity: number("quantity"),
        expectedQuantity: expected,
        reason,
      }));
    case "adjust":
      return void (await call(transport, method.adjustStock, {
        storeId,
        productId,
        delta: number("delta"),
        reason,
        requestId,
        kind: StockMovementKind.ADJUSTMENT,
      }));
    case "transfer": {
      const to = String(values["to_store_id"] ?? "");
      return void (await call(transport, method.transferStock, {
        fromStoreId: storeId,
        toStoreId: to,
        productId,
        quantity: number("quantity"),
        reason,
        requestId,
      }));
    }
    default:
      return change satisfies never;
  }
}
