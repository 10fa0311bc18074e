/** What the guardian and its starter say to each other. */
export interface GuardianOrder {
  dataDir: string;
  postgres: boolean;
  redis: boolean;
  /** The folder of PostgreSQL's programs, 15 or newer; npm's unless told. */
  postgresFolder?: string | undefined;
  /** PostgreSQL's settings that differ from ours. */
  postgresSettings?: Readonly<Record<string, string>> | undefined;
  /** Remove the data folder at the end. */
  temporary?: boolean | undefined;
}

export type GuardianNews =
  | {
      kind: "ready";
      databaseUrl?: string | undefined;
      databaseOwnerUrl?: string | undefined;
      databaseAdminUrl?: string | undefined;
      redisUrl?: string | undefined;
    }
  /** It cannot start; the message says what to do. */
  | { kind: "problem"; message: string }
  | { kind: "log"; line: string };

/** Between two processes of ours, made from the same sources: the kind tells the rest. */
export function isGuardianNews(message: unknown): message is GuardianNews {
  return typeof message === "object" && message !== null && "kind" in message;
}

export const STOP = "stop";
