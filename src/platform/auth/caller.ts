/** Who calls: a signed-in user or a service with a role, or nobody. */

export const roles = ["CUSTOMER", "SERVICE", "ADMIN"] as const;
export type Role = (typeof roles)[number];

export interface SignedIn {
  /** The user's or the service key's id. */
  id: string;
  role: Role;
  /** The user's username or the service key's name, as it was when the token was signed or the key was read. */
  name: string;
  /** Of a user: the session that the access token belongs to. */
  session?: string;
  /** Of a user: the token's generation; a later one of the account voids it. */
  generation?: number;
  /** Of a user: when the access token ends, in milliseconds since 1970. */
  expiresMs?: number;
  /** Of a user: whether the account must have a second factor before it may do anything else. */
  mustEnrol?: boolean;
  /** Of a service key: how many calls a second it may make; undefined for no limit. */
  callsPerSecond?: number;
}

export type Caller = SignedIn | undefined;
