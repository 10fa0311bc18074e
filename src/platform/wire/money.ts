/**
 * Money as whole minor units (cents, yen), in and out of `google.type.Money`.
 *
 * Inside there are only bigints: sums of prices times quantities leave the safe range of a double long before
 * they leave that of PostgreSQL's bigint.
 */
import { create } from "@bufbuild/protobuf";
import { type Money, MoneySchema } from "../../../gen/google/type/money_pb.ts";
import { Failure } from "../errors/failure.ts";

const NANOS_PER_UNIT = 1_000_000_000n;

export interface Currency {
  /** ISO 4217, such as USD. */
  code: string;
  /** Minor units in one unit: 100 for USD, 1 for JPY. */
  minorPerUnit: bigint;
}

/** The currency of an ISO 4217 code, its minor unit from CLDR. @throws RangeError for a code that is none. */
export function currencyOf(code: string): Currency {
  if (!Intl.supportedValuesOf("currency").includes(code)) throw new RangeError(`${code} is no ISO 4217 currency code`);
  const digits =
    new Intl.NumberFormat("en", { style: "currency", currency: code }).resolvedOptions().maximumFractionDigits ?? 2;
  return { code, minorPerUnit: 10n ** BigInt(digits) };
}

export function toMoney(minor: bigint, currency: Currency): Money {
  const nanosPerMinor = NANOS_PER_UNIT / currency.minorPerUnit;
  return create(MoneySchema, {
    currencyCode: currency.code,
    units: minor / currency.minorPerUnit,
    nanos: Number((minor % currency.minorPerUnit) * nanosPerMinor),
  });
}

/** @throws Failure WRONG_CURRENCY, AMOUNT_TOO_PRECISE; `field` names the field to the caller. */
export function fromMoney(money: Money, currency: Currency, field: string): bigint {
  if (money.currencyCode !== currency.code) {
    const description = `the currency is ${currency.code}, not ${money.currencyCode || "empty"}`;
    throw new Failure("WRONG_CURRENCY", `${field}: ${description}.`, { violations: [{ field, description }] });
  }
  const nanosPerMinor = NANOS_PER_UNIT / currency.minorPerUnit;
  const nanos = BigInt(money.nanos);
  if (nanos % nanosPerMinor !== 0n) {
    const description = `${currency.code} has no unit smaller than 1/${currency.minorPerUnit}`;
    throw new Failure("AMOUNT_TOO_PRECISE", `${field}: ${description}.`, { violations: [{ field, description }] });
  }
  return money.units * currency.minorPerUnit + nanos / nanosPerMinor;
}

/** An amount as a plain decimal, such as 12.50. */
export function toDecimal(minor: bigint, currency: Currency): string {
  const digits = fractionDigits(currency);
  const units = (minor / currency.minorPerUnit).toString();
  return digits === 0 ? units : `${units}.${(minor % currency.minorPerUnit).toString().padStart(digits, "0")}`;
}

/** 2 for USD, 0 for JPY. */
export function fractionDigits({ minorPerUnit }: Currency): number {
  return minorPerUnit.toString().length - 1;
}
