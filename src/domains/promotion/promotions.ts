/**
 * The repository of promotions as admins keep them, and as anybody asks about them.
 *
 * A change locks the promotion as orders do, so that a limit is never lowered below the uses of an order that is being
 * placed. A deleted promotion keeps its row, for the orders that point at it; nobody finds it, and its code is free.
 */
import type { Sequelize } from "sequelize";
import { runSql } from "../../platform/database/database.ts";
import { brokenUniqueConstraint } from "../../platform/errors/database-errors.ts";
import { Failure } from "../../platform/errors/failure.ts";
import { checkEtag } from "../../platform/wire/etag.ts";
import { newId } from "../../platform/wire/uuid.ts";
import type { Page, PageRequest, PageTokens } from "../../platform/wire/page-token.ts";
import { type TransactionOptions, withTransaction } from "../../platform/database/transaction.ts";
import { COLUMNS, type PromotionRow, type StoredPromotion, toStored } from "./model.ts";
import { requireRoomFor, requireSound, revised, type Terms } from "./terms.ts";

export interface PromotionChange extends TransactionOptions {
  /** The version that was read; "" for any. */
  etag: string;
}

export interface PromotionsOptions {
  /** Told of a promotion that is about to be changed, as it was. Nobody unless told. */
  onChange?: (promotion: StoredPromotion) => void;
}

/** A promotion, and what decides whether somebody may use it now. */
export interface Asked {
  promotion: StoredPromotion;
  usesByUser: number;
  /** The database's clock. */
  now: Date;
}

export class Promotions {
  readonly #database: Sequelize;
  readonly #pageTokens: PageTokens;
  readonly #onChange: (promotion: StoredPromotion) => void;

  constructor(database: Sequelize, pageTokens: PageTokens, { onChange = () => undefined }: PromotionsOptions = {}) {
    this.#database = database;
    this.#pageTokens = pageTokens;
    this.#onChange = onChange;
  }

  /** @throws Failure PROMOTION_CODE_TAKEN; INVALID_FIELDS when the terms are no promotion */
  async create(terms: Terms): Promise<StoredPromotion> {
    requireSound(terms);
    const sql = `INSERT INTO orders.promotions AS p (id, ${TERMS.join(", ")})
      VALUES (${places(TERMS.length + 1)}) RETURNING ${COLUMNS}`;
    return this.#write(terms.code, sql, [newId(), ...columnsOf(terms)]);
  }

  /** @throws Failure PROMOTION_NOT_FOUND */
  async get(id: string): Promise<StoredPromotion> {
    return this.#read(id, "");
  }

  /** Newest first. */
  async list({ active }: { active?: boolean | undefined }, request: PageRequest): Promise<Page<StoredPromotion>> {
    const reading = this.#pageTokens.begin(request, ["promotions", active]);
    const [last] = reading.cursor;
    const rows = await runSql<PromotionRow>(
      this.#database,
      `SELECT ${COLUMNS} FROM orders.promotions p
       WHERE deleted_at IS NULL AND active = ANY($1::boolean[]) AND id < $2 ORDER BY id DESC LIMIT $3`,
      [active === undefined ? [true, false] : [active], last ?? ABOVE_ALL, reading.limit],
    );
    return reading.page(rows.map(toStored), ({ id }) => [id]);
  }

  /**
   * @throws Failure PROMOTION_NOT_FOUND, STALE_ETAG, PROMOTION_CODE_TAKEN, PROMOTION_LIMIT_BELOW_USES; INVALID_FIELDS
   *   when what is left is no promotion
   */
  async update(id: string, changes: Partial<Terms>, { etag, ...options }: PromotionChange): Promise<StoredPromotion> {
    return withTransaction(
      this.#database,
      async () => {
        const before = await this.#lock(id, etag);
        if (Object.keys(changes).length === 0) return before;
        const terms = revised(before, changes);
        requireRoomFor(before.redeemedCount, terms);
        const sql = `UPDATE orders.promotions p
          SET (${TERMS.join(", ")}) = (${places(TERMS.length, 2)}), version = version + 1, updated_at = now()
          WHERE id = $1 RETURNING ${COLUMNS}`;
        return this.#write(terms.code, sql, [id, ...columnsOf(terms)]);
      },
      options,
    );
  }

  /** @throws Failure PROMOTION_NOT_FOUND, STALE_ETAG */
  async delete(id: string, { etag, ...options }: PromotionChange): Promise<void> {
    await withTransaction(
      this.#database,
      async () => {
        await this.#lock(id, etag);
        await runSql(
          this.#database,
          "UPDATE orders.promotions SET deleted_at = now(), version = version + 1 WHERE id = $1",
          [id],
        );
      },
      options,
    );
  }

  /** @param code in any case. @param userId whose uses count; undefined for a stranger's, who has none */
  async ask(code: string, userId: string | undefined): Promise<Asked | undefined> {
    const [row] = await runSql<PromotionRow & { uses: string; now: Date }>(
      this.#database,
      `SELECT ${COLUMNS}, now() AS now,
              (SELECT count(*) FROM orders.redemptions r WHERE r.promotion_id = p.id AND r.user_id = $2) AS uses
       FROM orders.promotions p WHERE lower(p.code) = $1 AND p.deleted_at IS NULL`,
      [code.toLowerCase(), userId ?? null],
    );
    return row === undefined ? undefined : { promotion: toStored(row), usesByUser: Number(row.uses), now: row.now };
  }

  async #lock(id: string, etag: string): Promise<StoredPromotion> {
    const promotion = await this.#read(id, "FOR UPDATE");
    checkEtag(etag, promotion.version);
    this.#onChange(promotion);
    return promotion;
  }

  async #read(id: string, lock: "" | "FOR UPDATE"): Promise<StoredPromotion> {
    const [row] = await runSql<PromotionRow>(
      this.#database,
      `SELECT ${COLUMNS} FROM orders.promotions p WHERE id = $1 AND deleted_at IS NULL ${lock}`,
      [id],
    );
    if (row === undefined) throw new Failure("PROMOTION_NOT_FOUND", `There is no promotion ${id}.`);
    return toStored(row);
  }

  async #write(code: string, sql: string, values: unknown[]): Promise<StoredPromotion> {
    try {
      const [row] = await runSql<PromotionRow>(this.#database, sql, values);
      if (row === undefined) throw new TypeError("a promotion was written and is not there");
      return toStored(row);
    } catch (error) {
      if (brokenUniqueConstraint(error) !== "promotions_code") throw error;
      throw new Failure("PROMOTION_CODE_TAKEN", `There is a promotion with the code ${code} already.`, {
        violations: [{ field: "promotion.code", description: "is taken" }],
      });
    }
  }
}

/** No UUIDv7 comes after it. */
const ABOVE_ALL = "ffffffff-ffff-ffff-ffff-ffffffffffff";

const TERMS = [
  "code",
  "description",
  "active",
  "fixed_amount",
  "percent",
  "max_discount",
  "min_subtotal",
  "start_at",
  "end_at",
  "usage_limit",
  "usage_limit_per_user",
] as const;

/** In the order of TERMS. */
function columnsOf(terms: Terms): unknown[] {
  return [
    terms.code,
    terms.description,
    terms.active,
    terms.fixedAmount?.toString() ?? null,
    terms.percentBasisPoints === undefined ? null : Number(terms.percentBasisPoints) / 100,
    terms.maxDiscount?.toString() ?? null,
    terms.minSubtotal.toString(),
    terms.startTime ?? null,
    terms.endTime ?? null,
    terms.usageLimit ?? null,
    terms.usageLimitPerUser ?? null,
  ];
}

/** `$1, $2, …` */
function places(count: number, first = 1): string {
  return Array.from({ length: count }, (_, index) => `$${first + index}`).join(", ");
}
