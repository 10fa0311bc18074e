/** The seed's promotion codes: one of each case that a checkout must tell apart. */
import type { Currency } from "../../platform/wire/money.ts";
import { minorUnits } from "./price.ts";
import { birth, STREAM } from "./random.ts";

const BETWEEN_PROMOTIONS_MS = 60_000;
const FIRST_PROMOTION_MS = 7_200_000;

export interface SeedPromotion {
  id: string;
  code: string;
  percent: number | null;
  /** Amounts are in minor units. */
  fixedAmount: bigint | null;
  maxDiscount: bigint | null;
  minSubtotal: bigint;
  startAt: Date | null;
  endAt: Date | null;
  usageLimit: number | null;
  usageLimitPerUser: number | null;
  redeemedCount: number;
  createdAt: Date;
}

export function seedPromotions(currency: Currency): SeedPromotion[] {
  const money = (hundredths: number) => minorUnits(hundredths, currency);
  const offers: Offer[] = [
    { code: "WELCOME10", percent: 10, maxDiscount: money(20_00) },
    { code: "FIVER", fixedAmount: money(5_00), minSubtotal: money(25_00) },
    { code: "ONCE", percent: 15, usageLimitPerUser: 1 },
    { code: "SOLDOUT", percent: 20, usageLimit: 50, redeemedCount: 50 },
    { code: "LASTYEAR", percent: 20, startAt: new Date("2024-12-01"), endAt: new Date("2025-01-01") },
    { code: "FLASH50", percent: 50, usageLimit: 100 },
  ];
  return offers.map((offer, index) => ({ ...plain, ...offer, ...bornAt(index) }));
}

type Offer = Pick<SeedPromotion, "code"> & Partial<Omit<SeedPromotion, "id" | "createdAt">>;

/** No amount, no bounds, never used. */
const plain = {
  percent: null,
  fixedAmount: null,
  maxDiscount: null,
  minSubtotal: 0n,
  startAt: null,
  endAt: null,
  usageLimit: null,
  usageLimitPerUser: null,
  redeemedCount: 0,
};

function bornAt(index: number) {
  return birth(STREAM.promotion, { afterMs: FIRST_PROMOTION_MS + index * BETWEEN_PROMOTIONS_MS });
}
