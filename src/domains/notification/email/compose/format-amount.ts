/**
 * Amounts as people read them: "$1,234.50" from 123450 minor units.
 *
 * Intl formats the whole units, which are a bigint, and its fraction digits are replaced by ours: as a float a large
 * amount would lose its cents.
 */
import type { Currency } from "../../../../platform/wire/money.ts";

export function formatAmount(minor: bigint, currency: Currency): string {
  const sign = minor < 0n ? "-" : "";
  const absolute = minor < 0n ? -minor : minor;
  const digits = currency.minorPerUnit.toString().length - 1;
  const fraction = (absolute % currency.minorPerUnit).toString().padStart(digits, "0");
  const format = new Intl.NumberFormat("en", {
    style: "currency",
    currency: currency.code,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  const parts = format.formatToParts(absolute / currency.minorPerUnit);
  return sign + parts.map(({ type, value }) => (type === "fraction" ? fraction : value)).join("");
}
