/** A price changed by an amount or by percent, in whole minor units and without a float on the way. */
import { create } from "@bufbuild/protobuf";
import { type Money, MoneySchema } from "../../../../gen/google/type/money_pb.ts";
import { digitsOf, moneyOf } from "../data/money.ts";

const NANOS = 1_000_000_000n;
const CHANGE = /^([+-])\s*([\d.,]+)\s*(%?)$/;
/** Percent with up to four decimals, as tenths of thousandths. */
const PERCENT_SCALE = 10_000n;

/** undefined for a text that says no change; in words why a price cannot be changed so. */
export function changedPrice(price: Money, change: string): Money | string | undefined {
  const text = change.trim();
  const [, sign, amount = "", percent] = CHANGE.exec(text) ?? [];
  if (sign === undefined) {
    const given = moneyOf(text, price.currencyCode);
    return given === undefined ? undefined : bounded(nanosOf(given), price.currencyCode);
  }
  const before = nanosOf(price);
  const by = percent === "%" ? percentOf(before, amount) : amountOf(amount, price.currencyCode);
  if (by === undefined) return undefined;
  return bounded(sign === "-" ? before - by : before + by, price.currencyCode);
}

function percentOf(nanos: bigint, text: string): bigint | undefined {
  const [, whole = "", fraction = ""] = /^(\d{1,4})(?:[.,](\d{1,4}))?$/.exec(text) ?? [];
  if (whole === "") return undefined;
  const scaled = BigInt(whole) * PERCENT_SCALE + BigInt(fraction.padEnd(4, "0"));
  return (nanos * scaled) / (100n * PERCENT_SCALE);
}

function amountOf(text: string, currency: string): bigint | undefined {
  const money = moneyOf(text, currency);
  return money === undefined ? undefined : nanosOf(money);
}

/** To whole minor units, half away from nothing, as prices are. */
function bounded(nanos: bigint, currencyCode: string): Money | string {
  if (nanos < 0n) return "would cost less than nothing";
  const unit = 10n ** BigInt(9 - digitsOf(currencyCode));
  const rounded = ((nanos + unit / 2n) / unit) * unit;
  return create(MoneySchema, { currencyCode, units: rounded / NANOS, nanos: Number(rounded % NANOS) });
}

function nanosOf({ units, nanos }: Money): bigint {
  return units * NANOS + BigInt(nanos);
}
