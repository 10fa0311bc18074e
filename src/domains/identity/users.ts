/**
 * The repository of users: what changes an account locks it first, and ends its sessions in the same transaction
 * where they must not go on.
 */
import {
  col,
  fn,
  literal,
  type ModelStatic,
  Op,
  type Sequelize,
  Transaction,
  where,
  type WhereOptions,
} from "sequelize";
import type { Role } from "../../platform/auth/caller.ts";
import { runSql } from "../../platform/database/database.ts";
import { noteChange } from "../../platform/context/audit-notes.ts";
import { brokenUniqueConstraint } from "../../platform/errors/database-errors.ts";
import { Failure, userDisabled } from "../../platform/errors/failure.ts";
import { checkEtag } from "../../platform/wire/etag.ts";
import { newId } from "../../platform/wire/uuid.ts";
import type { Page, PageRequest, PageTokens } from "../../platform/wire/page-token.ts";
import { type TransactionOptions, withTransaction } from "../../platform/database/transaction.ts";
import { type AddressMark, isKnownAt } from "./sign-in/known-addresses.ts";
import { userModel, type UserRow } from "./model.ts";
import { forgetPersonalData } from "./audit-log.ts";
import { invalidToken } from "./recovery/account-tokens.ts";
import { revoke } from "./session/revocations.ts";
import { forgetSecondFactor } from "./mfa/forget-second-factor.ts";
import { endSessions } from "./session/sessions.ts";

export interface NewUser {
  email: string;
  username: string;
  firstName: string;
  lastName: string;
  phone: string;
  passwordHash: string;
  address?: string;
  birthDate?: string | null;
  role?: Role;
  disabled?: boolean;
}

/** What an update writes; what is left out stays. */
export type UserChanges = Partial<Omit<NewUser, "passwordHash">>;

export interface UserUpdate {
  changes: UserChanges;
  etag: string;
  /** The address that is to replace the account's, and the password's hash for which that was permitted. */
  pending?: { email: string; passwordHash: string };
  /** Told, in the same transaction, of the address that the account had until now. */
  onMove?: (from: string) => Promise<void>;
}

export interface PasswordReset {
  passwordHash: string;
  /** Throws unless it may be, with the account locked. */
  permit: (user: UserRow) => Promise<void>;
  /** In the same transaction. */
  changed: (user: UserRow) => Promise<void>;
}

export interface UsersOptions {
  /** Told of an account that is about to be changed, as it was. Nobody unless told. */
  onChange?: (user: UserRow) => void;
}

export interface UserFilter {
  /** Part of the e-mail address, the username or the name, in any case; "" for all. */
  query: string;
  role: Role | undefined;
  disabled: boolean | undefined;
}

/** Where the fields stand in the request, for what a refusal names. */
export type FieldsAt = "" | "user.";

/** The expression of the index users_search. */
const SEARCHED = `lower(email || E'\\n' || username || E'\\n' || first_name || ' ' || last_name)`;
/** What is left of a deleted user: the row that its orders name, and nothing of a person. */
const ANONYMOUS = {
  email: "",
  emailVerified: false,
  pendingEmail: "",
  username: "",
  firstName: "",
  lastName: "",
  phone: "",
  address: "",
  birthDate: null,
  passwordHash: "",
};

export class Users {
  readonly #database: Sequelize;
  readonly #model: ModelStatic<UserRow>;
  readonly #pageTokens: PageTokens;
  readonly #onChange: (user: UserRow) => void;

  constructor(database: Sequelize, pageTokens: PageTokens, { onChange = () => undefined }: UsersOptions = {}) {
    this.#database = database;
    this.#model = userModel(database);
    this.#pageTokens = pageTokens;
    this.#onChange = onChange;
  }

  /** @throws Failure EMAIL_TAKEN, USERNAME_TAKEN */
  async create(user: NewUser, fieldsAt: FieldsAt = ""): Promise<UserRow> {
    return refusingTaken(user, fieldsAt, () => this.#model.create({ id: newId(), ...user }));
  }

  /**
   * The user with this e-mail address or username, whatever its case, and whether it signed in lately where the mark is
   * of. One statement, which takes as long for a login that nobody has.
   */
  async findByLogin(login: string, mark: AddressMark): Promise<{ user: UserRow | undefined; isKnown: boolean }> {
    const key = login.toLowerCase();
    const named = { [Op.or]: [where(fn("lower", col("email")), key), where(fn("lower", col("username")), key)] };
    const user = await this.#model.findOne({
      where: { ...named, deletedAt: null },
      attributes: { include: [[literal(isKnownAt(`"user"."id"`, `'\\x${mark.toString("hex")}'::bytea`)), "isKnown"]] },
    });
    return { user: user ?? undefined, isKnown: user !== null && Reflect.get(user.dataValues, "isKnown") === true };
  }

  /** @throws Failure USER_NOT_FOUND */
  async get(id: string): Promise<UserRow> {
    const user = await this.find(id);
    if (user === undefined) throw notFound(id);
    return user;
  }

  async find(id: string): Promise<UserRow | undefined> {
    return (await this.#model.findOne({ where: { id, deletedAt: null } })) ?? undefined;
  }

  /** Does what must not happen beside another change of the user. @throws Failure USER_NOT_FOUND */
  async withLocked<T>(id: string, work: (user: UserRow) => Promise<T>, options?: TransactionOptions): Promise<T> {
    return withTransaction(this.#database, async () => work((await this.#lock(id)).user), options);
  }

  /** For what is ordered in the user's name. @throws Failure USER_NOT_FOUND, USER_DISABLED */
  async requireEnabled(id: string): Promise<void> {
    const user = await this.get(id);
    if (user.disabled) throw userDisabled(id);
  }

  /** Newest first. */
  async list({ query, role, disabled }: UserFilter, request: PageRequest): Promise<Page<UserRow>> {
    const reading = this.#pageTokens.begin(request, ["users", query, role, disabled]);
    const [before] = reading.cursor;
    const conditions: WhereOptions<UserRow>[] = [{ deletedAt: null }];
    if (query !== "") conditions.push(where(literal(SEARCHED), Op.like, `%${escapeLike(query.toLowerCase())}%`));
    if (role !== undefined) conditions.push({ role });
    if (disabled !== undefined) conditions.push({ disabled });
    if (before !== undefined) conditions.push({ id: { [Op.lt]: before } });
    const rows = await this.#model.findAll({
      where: { [Op.and]: conditions },
      order: [["id", "DESC"]],
      limit: reading.limit,
    });
    return reading.page(rows, (row) => [row.id]);
  }

  /**
   * Changes an account. A change of role voids its access tokens, disabling ends its sessions too. Another address is
   * not verified.
   * @throws Failure USER_NOT_FOUND, STALE_ETAG, EMAIL_TAKEN, USERNAME_TAKEN, LAST_ADMIN
   */
  async update(
    id: string,
    { changes, etag, pending, onMove }: UserUpdate,
    options?: TransactionOptions,
  ): Promise<UserRow> {
    const change = async () => {
      const { user, otherAdmins } = await this.#lock(id, {
        admins: changes.role !== undefined || changes.disabled !== undefined,
      });
      checkEtag(etag, user.version);
      if (pending !== undefined) await this.#mayMove(user, pending);
      else if (Object.keys(changes).length === 0) return user;
      const { role = user.role, disabled = user.disabled } = changes;
      if (isAdmin(user) && !isAdmin({ role, disabled }) && otherAdmins === 0) throw lastAdmin();
      const demotes = role !== user.role;
      const disables = disabled && !user.disabled;
      const generation = user.tokenGeneration + (demotes || disables ? 1 : 0);
      const from = user.email;
      const address = addressAfter(user, { email: changes.email, pending });
      await refusingTaken(changes, "user.", () =>
        user.update({ ...changes, ...address, version: user.version + 1, tokenGeneration: generation }),
      );
      if (!isSameMailbox(from, user.email)) await onMove?.(from);
      if (disables) await endSessions(this.#database, { userId: user.id, generation });
      else if (demotes) await revoke(this.#database, { subject: user.id, generation });
      return user;
    };
    return withTransaction(this.#database, change, options);
  }

  /**
   * Sets another password and ends every session but the one that asked. An address that is not verified yet is
   * forgotten: it may be the reason why the owner does this.
   * @param changed what else happens in the same transaction
   * @throws Failure STALE_ETAG when the password is no longer the one that was verified
   */
  async changePassword(
    { id, passwordHash: verified }: UserRow,
    { passwordHash, session, changed }: Omit<PasswordReset, "permit"> & { session: string | undefined },
    options?: TransactionOptions,
  ): Promise<void> {
    const change = async (user: UserRow) => {
      if (user.passwordHash !== verified) throw changedPassword();
      await this.#setPassword(user, { passwordHash, spared: session });
      await changed(user);
    };
    await this.withLocked(id, change, options);
  }

  /** Sets another password, if that is permitted, and ends every session. @throws Failure USER_NOT_FOUND; what `permit` throws */
  async resetPassword(
    id: string,
    { passwordHash, permit, changed }: PasswordReset,
    options?: TransactionOptions,
  ): Promise<void> {
    const change = async (user: UserRow) => {
      await permit(user);
      await this.#setPassword(user, { passwordHash });
      await changed(user);
    };
    await this.withLocked(id, change, options);
  }

  async #setPassword(
    user: UserRow,
    { passwordHash, spared }: { passwordHash: string; spared?: string | undefined },
  ): Promise<void> {
    noteChange({ path: "password", oldValue: "", newValue: "", redacted: true });
    const generation = user.tokenGeneration + 1;
    const forgotten = user.pendingEmail === "" ? {} : { pendingEmail: "", version: user.version + 1 };
    await user.update({ passwordHash, tokenGeneration: generation, ...forgotten });
    await endSessions(this.#database, { userId: user.id, generation, spared });
  }

  /**
   * Notes that the owner has an address, which becomes the account's if it is the pending one.
   * @param spend uses up what shows it. @returns which address it shows
   * @throws Failure VERIFICATION_TOKEN_INVALID, EMAIL_TAKEN
   */
  async verifyEmail(id: string, spend: (user: UserRow) => Promise<string>): Promise<UserRow> {
    return this.withLocked(id, async (user) => {
      const email = await spend(user);
      if (email !== user.pendingEmail && email !== user.email) throw invalidToken();
      const pendingEmail = email === user.pendingEmail ? "" : user.pendingEmail;
      const change = { email, pendingEmail, emailVerified: true, version: user.version + 1 };
      return refusingTaken({ email }, "", () => user.update(change));
    });
  }

  /** Whether it is taken decides itself when the address is verified; that it is so now is told at once. */
  async #mayMove(user: UserRow, { email, passwordHash }: { email: string; passwordHash: string }): Promise<void> {
    if (user.passwordHash !== passwordHash) throw changedPassword();
    const isTaken = await this.#model.count({
      where: {
        [Op.and]: [
          where(fn("lower", col("email")), email.toLowerCase()),
          { id: { [Op.ne]: user.id }, deletedAt: null },
        ],
      },
    });
    if (isTaken > 0) throw taken("EMAIL_TAKEN", { fieldsAt: "user.", field: "email", value: email });
  }

  /** Stores the same password under today's parameters, unless it was changed meanwhile. Nothing else changes. */
  async rehash({ id, passwordHash: verified }: UserRow, passwordHash: string): Promise<void> {
    await runSql(this.#database, "UPDATE identity.users SET password_hash = $3 WHERE id = $1 AND password_hash = $2", [
      id,
      verified,
      passwordHash,
    ]);
  }

  /**
   * Anonymises an account and ends its sessions; its orders stay.
   * @param onAccount takes away what others keep of the user, in the same transaction
   * @throws Failure USER_NOT_FOUND, STALE_ETAG, LAST_ADMIN
   */
  async remove(
    id: string,
    { etag, onAccount }: { etag: string; onAccount: { deleted(userId: string): Promise<void> } },
    options?: TransactionOptions,
  ): Promise<void> {
    const change = async () => {
      const { user, otherAdmins } = await this.#lock(id, { admins: true });
      checkEtag(etag, user.version);
      if (isAdmin(user) && otherAdmins === 0) throw lastAdmin();
      const generation = user.tokenGeneration + 1;
      await user.update({
        ...ANONYMOUS,
        disabled: true,
        mfaEnabled: false,
        deletedAt: new Date(),
        version: user.version + 1,
        tokenGeneration: generation,
      });
      await endSessions(this.#database, { userId: user.id, generation });
      await runSql(this.#database, "DELETE FROM identity.known_addresses WHERE user_id = $1", [user.id]);
      await forgetSecondFactor(this.#database, user.id);
      await forgetPersonalData(this.#database, user.id);
      await onAccount.deleted(user.id);
    };
    await withTransaction(this.#database, change, options);
  }

  /**
   * Locks a user, and with `admins` every admin that can sign in: two that would each take the other's place away wait
   * for each other, and the second sees what the first has done. All in the order of their ids.
   * @throws Failure USER_NOT_FOUND
   */
  async #lock(id: string, { admins = false } = {}): Promise<{ user: UserRow; otherAdmins: number }> {
    const ofAdmins = admins ? [{ role: "ADMIN" as const, disabled: false }] : [];
    const rows = await this.#model.findAll({
      where: { [Op.or]: [{ id }, ...ofAdmins], deletedAt: null },
      order: ["id"],
      lock: Transaction.LOCK.NO_KEY_UPDATE,
    });
    const user = rows.find((row) => row.id === id);
    if (user === undefined) throw notFound(id);
    this.#onChange(user);
    return { user, otherAdmins: rows.filter((row) => row !== user && isAdmin(row)).length };
  }
}

function isAdmin({ role, disabled }: Pick<UserRow, "role" | "disabled">): boolean {
  return role === "ADMIN" && !disabled;
}

function isSameMailbox(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** What becomes of what is known of the address. */
function addressAfter(
  user: UserRow,
  { email, pending }: { email: string | undefined; pending: UserUpdate["pending"] },
): Partial<Pick<UserRow, "emailVerified" | "pendingEmail">> {
  if (pending !== undefined) return { pendingEmail: pending.email };
  const moves = email !== undefined && !isSameMailbox(email, user.email);
  return moves ? { emailVerified: false, pendingEmail: "" } : {};
}

function changedPassword(): Failure {
  return new Failure("STALE_ETAG", "The password was changed meanwhile. Try again.");
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&");
}

async function refusingTaken<T>(
  { email = "", username = "" }: UserChanges,
  fieldsAt: FieldsAt,
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    const constraint = brokenUniqueConstraint(error);
    if (constraint === "users_email") throw taken("EMAIL_TAKEN", { fieldsAt, field: "email", value: email });
    if (constraint === "users_username")
      throw taken("USERNAME_TAKEN", { fieldsAt, field: "username", value: username });
    throw error;
  }
}

function taken(
  reason: "EMAIL_TAKEN" | "USERNAME_TAKEN",
  { fieldsAt, field, value }: { fieldsAt: string; field: string; value: string },
): Failure {
  return new Failure(reason, `The ${field} ${value} is taken. Sign in with it, or choose another one.`, {
    violations: [{ field: `${fieldsAt}${field}`, description: "is taken" }],
  });
}

function notFound(id: string): Failure {
  return new Failure("USER_NOT_FOUND", `There is no user ${id}.`);
}

function lastAdmin(): Failure {
  return new Failure("LAST_ADMIN", "This is the last admin who can sign in. Make another one first.");
}
