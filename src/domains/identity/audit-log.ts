/**
 * The audit log: who changed what, newest first. Rows are added and read, never changed.
 *
 * Ids are UUIDv7, so their order is that of time, and a time is a bound on ids.
 */
import type { Sequelize } from "sequelize";
import type { Role } from "../../platform/auth/caller.ts";
import { runSql } from "../../platform/database/database.ts";
import { firstIdAt, newId } from "../../platform/wire/uuid.ts";
import type { Page, PageRequest, PageTokens } from "../../platform/wire/page-token.ts";
import type { AuditEntry } from "../../rpc/steps/audit/audit.ts";

export interface AuditRow {
  id: string;
  actor_id: string;
  actor_role: Role;
  actor_name: string;
  rpc: string;
  object_type: string;
  object_id: string;
  old_etag: string;
  new_etag: string;
  request_id: string;
  address: string;
}

/** undefined: all. */
export interface AuditFilter {
  actorId: string | undefined;
  rpc: string | undefined;
  objectType: string | undefined;
  objectId: string | undefined;
  /** At or after it. */
  startMs: number | undefined;
  /** Before it. */
  endMs: number | undefined;
}

const COLUMNS =
  "id, actor_id, actor_role, actor_name, rpc, object_type, object_id, old_etag, new_etag, request_id, address";

export class AuditLog {
  readonly #database: Sequelize;
  readonly #pageTokens: PageTokens;

  constructor(database: Sequelize, pageTokens: PageTokens) {
    this.#database = database;
    this.#pageTokens = pageTokens;
  }

  async add({ actor, rpc, objectType, objectId, oldEtag, newEtag, requestId, address }: AuditEntry): Promise<void> {
    await runSql(
      this.#database,
      `INSERT INTO audit.events (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [newId(), actor.id, actor.role, actor.name, rpc, objectType, objectId, oldEtag, newEtag, requestId, address],
    );
  }

  async list(filter: AuditFilter, request: PageRequest): Promise<Page<AuditRow>> {
    const reading = this.#pageTokens.begin(request, ["audit events", filter]);
    const [before] = reading.cursor;
    const bind: unknown[] = [];
    const conditions = ["true"];
    const add = (condition: string, value: unknown) => {
      if (value === undefined) return;
      bind.push(value);
      conditions.push(`${condition} $${bind.length}`);
    };
    add("actor_id =", filter.actorId);
    add("rpc =", filter.rpc);
    add("object_type =", filter.objectType);
    add("object_id =", filter.objectId);
    add("id >=", filter.startMs === undefined ? undefined : firstIdAt(filter.startMs));
    add("id <", filter.endMs === undefined ? undefined : firstIdAt(filter.endMs));
    add("id <", before);
    const sql = `SELECT ${COLUMNS} FROM audit.events WHERE ${conditions.join(" AND ")} ORDER BY id DESC LIMIT ${reading.limit}`;
    return reading.page(await runSql<AuditRow>(this.#database, sql, bind), ({ id }) => [id]);
  }
}
