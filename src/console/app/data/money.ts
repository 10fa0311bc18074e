/** Money as people write it: `12.50`, without a float on the way. */
import { create } from "@bufbuild/protobuf";
import { type Money, MoneySchema } from "../../../../gen/google/type/money_pb.ts";

const NANO_DIGITS = 9;
const AMOUNT = /^(-?)(\d{1,18})(?:[.,](\d{1,9}))?$/;
/** Commas between groups of three, as amounts are shown: `1,250` and `1,250.00`. */
const GROUPED = /^-?\d{1,3}(,\d{3})+(\.\d{1,9})?$/;
/** A mark before exactly three digits: here a decimal point, elsewhere one between thousands. */
const THREE_BEHIND_MARK = /^-?\d{1,3}[.,]\d{3}$/;

/** `1234.5` units as text, with the digits that the currency has. */
export function amountOf({ units, nanos, currencyCode }: Money): string {
  const digits = digitsOf(currencyCode);
  const fraction = String(Math.abs(nanos)).padStart(NANO_DIGITS, "0").slice(0, digits);
  return `${units}${digits === 0 ? "" : `.${fraction}`}`;
}

/** undefined for a text that is no amount, and for one that may mean two: `1.250` of a currency without three decimals. */
export function moneyOf(text: string, currencyCode: string): Money | undefined {
  const plain = plainOf(text.trim(), digitsOf(currencyCode));
  const [, sign, units = "", fraction = ""] = AMOUNT.exec(plain ?? "") ?? [];
  if (sign === undefined) return undefined;
  const nanos = Number(fraction.padEnd(NANO_DIGITS, "0"));
  const signed = sign === "-" ? -1 : 1;
  return create(MoneySchema, { currencyCode, units: BigInt(units) * BigInt(signed), nanos: nanos * signed });
}

/** Without marks between thousands; undefined where it cannot be told what a mark is. */
function plainOf(text: string, digits: number): string | undefined {
  const threeDecimals = digits === 3;
  if (GROUPED.test(text) && !(threeDecimals && THREE_BEHIND_MARK.test(text))) return text.replaceAll(",", "");
  // With three decimals a point is one, and a comma may be either.
  if (THREE_BEHIND_MARK.test(text) && !(threeDecimals && text.includes("."))) return undefined;
  return text;
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

export function digitsOf(currency: string): number {
  if (currency === "") return 2;
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
}
