/** Money as people write it: `12.50`, without a float on the way. */
import { create } from "@bufbuild/protobuf";
import { type Money, MoneySchema } from "../../../../gen/google/type/money_pb.ts";

const NANO_DIGITS = 9;
const AMOUNT = /^(-?)(\d{1,18})(?:[.,](\d{1,9}))?$/;

/** `1234.5` units as text, with the digits that the currency has. */
export function amountOf({ units, nanos, currencyCode }: Money): string {
  const digits = digitsOf(currencyCode);
  const fraction = String(Math.abs(nanos)).padStart(NANO_DIGITS, "0").slice(0, digits);
  return `${units}${digits === 0 ? "" : `.${fraction}`}`;
}

/** undefined for a text that is no amount. */
export function moneyOf(text: string, currencyCode: string): Money | undefined {
  const [, sign, units = "", fraction = ""] = AMOUNT.exec(text.trim()) ?? [];
  if (sign === undefined) return undefined;
  const nanos = Number(fraction.padEnd(NANO_DIGITS, "0"));
  const signed = sign === "-" ? -1 : 1;
  return create(MoneySchema, { currencyCode, units: BigInt(units) * BigInt(signed), nanos: nanos * signed });
}

/** As it is shown: `$1,234.50`. */
export function moneyText(money: Money | undefined): string {
  if (money === undefined) return "";
  const currency = money.currencyCode || "USD";
  return new Intl.NumberFormat("en", { style: "currency", currency }).format(numberOfMoney(money));
}

/** For plots and for showing; never for sums. */
export function numberOfMoney({ units, nanos }: Money): number {
  return Number(units) + nanos / 1e9;
}

function digitsOf(currency: string): number {
  if (currency === "") return 2;
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
}
