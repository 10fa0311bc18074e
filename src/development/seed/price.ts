/** What a price in dollars is in the installation's currency. */
import type { Currency } from "../../platform/wire/money.ts";

/**
 * Minor units of the currency for so many hundredths of a dollar. There is no exchange rate in it: a euro counts as a
 * dollar, and where there is nothing smaller than the unit, a yen as a cent.
 */
export function minorUnits(hundredths: number, currency: Currency): bigint {
  if (currency.minorPerUnit === 1n) return BigInt(hundredths);
  return (BigInt(hundredths) * currency.minorPerUnit) / 100n;
}
