/**
 * The audit log: who changed what, newest first. Rows are added and read, never changed; what they tell of a person is
 * kept beside them, and goes with the account.
 *
 * Ids are UUIDv7, so their order is that of time, and a time is a bound on ids.
 */
import type { Sequelize } from "sequelize";
import type { Role } from "../../platform/auth/caller.ts";
import { runSql } from "../../platform/database/database.ts";
import { firstIdAt, newId } from "../../platform/wire/uuid.ts";
import type { Page, PageRequest, PageTokens } from "../../platform/wire/page-token.ts";
import type { AuditEntry } from "../../rpc/steps/audit/audit.ts";
import type { AuditedChange } from "../../rpc/steps/audit/changes.ts";

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
  object_name: string;
  /** Those that tell of a person are without values. */
  changes: AuditedChange[];
  /** The values of those, while the account is there; null where nothing is told of a person. */
  personal_changes: AuditedChange[] | null;
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

const COLUMNS = `e.id, e.actor_id, e.actor_role, e.actor_name, e.rpc, e.object_type, e.object_id, e.old_etag, e.new_etag,
  e.request_id, e.address, coalesce(p.object_name, e.object_name) AS object_name, e.changes, p.changes AS personal_changes`;

const ADD = `
  INSERT INTO audit.events (id, actor_id, actor_role, actor_name, rpc, object_type, object_id, old_etag, new_etag,
    request_id, address, object_name, changes)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13::jsonb)`;
/** $14 the user, $15 the name, $16 the changes. */
const ADD_WITH_PERSONAL = `
  WITH event AS (${ADD} RETURNING id)
  INSERT INTO audit.personal_data (event_id, user_id, object_name, changes) SELECT id, $14::uuid, $15, $16::jsonb FROM event`;

export class AuditLog {
  readonly #database: Sequelize;
  readonly #pageTokens: PageTokens;

  constructor(database: Sequelize, pageTokens: PageTokens) {
    this.#database = database;
    this.#pageTokens = pageTokens;
  }

  async add(entry: AuditEntry): Promise<void> {
    const { actor, rpc, objectType, objectId, oldEtag, newEtag, requestId, address, changes } = entry;
    const bind = [newId(), actor.id, actor.role, actor.name, rpc, objectType, objectId, oldEtag, newEtag, requestId];
    const personal = changes.filter((change) => change.personal === true);
    const isPersonal = personal.length > 0 || (entry.personalName && entry.objectName !== "");
    bind.push(address, entry.personalName ? "" : entry.objectName, JSON.stringify(changes.map(withoutPersonalValues)));
    if (isPersonal) bind.push(objectId, entry.personalName ? entry.objectName : "", JSON.stringify(personal));
    await runSql(this.#database, isPersonal ? ADD_WITH_PERSONAL : ADD, bind);
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
    add("e.actor_id =", filter.actorId);
    add("e.rpc =", filter.rpc);
    add("e.object_type =", filter.objectType);
    add("e.object_id =", filter.objectId);
    add("e.id >=", filter.startMs === undefined ? undefined : firstIdAt(filter.startMs));
    add("e.id <", filter.endMs === undefined ? undefined : firstIdAt(filter.endMs));
    add("e.id <", before);
    const sql = `SELECT ${COLUMNS} FROM audit.events e LEFT JOIN audit.personal_data p ON p.event_id = e.id
      WHERE ${conditions.join(" AND ")} ORDER BY e.id DESC LIMIT ${reading.limit}`;
    return reading.page(await runSql<AuditRow>(this.#database, sql, bind), ({ id }) => [id]);
  }
}

function withoutPersonalValues(change: AuditedChange): AuditedChange {
  return change.personal === true ? { ...change, oldValue: "", newValue: "" } : change;
}

/** For an account that is deleted, in the transaction that deletes it. */
export async function forgetPersonalData(database: Sequelize, userId: string): Promise<void> {
  await runSql(database, "DELETE FROM audit.personal_data WHERE user_id = $1", [userId]);
}
