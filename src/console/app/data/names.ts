/** Names of the proto as people read them. */
import type { DescEnum } from "@bufbuild/protobuf";

/** `ORDER_STATUS_CONFIRMED` as `Confirmed`. */
export function enumWords({ values, sharedPrefix = "" }: DescEnum, number: number): string {
  const name = values.find((value) => value.number === number)?.name ?? String(number);
  return sentence(name.toLowerCase().replace(sharedPrefix, ""));
}

/** `low_stock_threshold` as `Low stock threshold`. */
export function sentence(name: string): string {
  const words = name.replaceAll("_", " ").replace(/\b(id|sku|url)\b/g, (word) => word.toUpperCase());
  return words.charAt(0).toUpperCase() + words.slice(1);
}
