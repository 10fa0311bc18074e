/** What this process sends to PostgreSQL: pg's own `query` is wrapped, which every statement passes, Sequelize's too. */
import pg from "pg";

export interface Sent {
  text: string;
  values: unknown[];
}

export interface StatementLog {
  sent: Sent[];
  end(): void;
}

export function logStatements(): StatementLog {
  const original: unknown = Reflect.get(pg.Client.prototype, "query");
  if (typeof original !== "function") throw new TypeError("pg's client has no query");
  const sent: Sent[] = [];
  Reflect.set(pg.Client.prototype, "query", function query(this: unknown, ...words: unknown[]): unknown {
    sent.push(sentBy(words));
    return Reflect.apply(original, this, words);
  });
  return { sent, end: () => void Reflect.set(pg.Client.prototype, "query", original) };
}

function sentBy([statement, values]: unknown[]): Sent {
  const { text = "", values: own = values } =
    typeof statement === "object" && statement !== null ? { ...statement } : { text: statement };
  return { text: String(text), values: Array.isArray(own) ? own : [] };
}
