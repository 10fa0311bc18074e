/** Prices in a file: plain decimals of the installation's currency, such as 12.50. */
import { type Currency, fractionDigits } from "../../../platform/wire/money.ts";

const DECIMAL = /^(\d{1,12})(?:\.(\d{1,9}))?$/;

/** Minor units. @throws RangeError for what is no such amount, or is finer than the currency */
export function fromDecimal(text: string, currency: Currency): bigint {
  const { code, minorPerUnit } = currency;
  const [, units, fraction = ""] = DECIMAL.exec(text.trim()) ?? [];
  if (units === undefined) throw new RangeError(`"${text.slice(0, 40)}" is no amount such as 12.50`);
  const digits = fractionDigits(currency);
  const fine = fraction.replace(/0+$/, "");
  if (fine.length > digits) throw new RangeError(`${code} has no unit smaller than 1/${minorPerUnit}`);
  return BigInt(units) * minorPerUnit + BigInt(fine.padEnd(digits, "0") || "0");
}
