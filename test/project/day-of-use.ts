/** A day of use of one API: an account, an order, a service, and bugs; and every secret that it brings forth, as it comes. */
import type { Config } from "../../src/platform/config/config.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { PASSWORD, type TestApi } from "../support/api.ts";
import { arrived } from "../support/mail-shop.ts";
import { shopWith } from "../support/shop.ts";

const CHANGED_PASSWORD = "another correct horse";
const WRONG_PASSWORD = "not the right horse at all";
const FORGED = `Bearer ${"e".repeat(20)}forged-token-of-somebody`;
const HEADERS = { "content-type": "application/json" };
const LOGIN = "ada@customers.example";
const IDENTITY = "identity.v1.IdentityService";
const LIST_MOVEMENTS = "inventory.v1.InventoryService/ListStockMovements";

interface Tokens {
  accessToken: string;
  refreshToken: string;
}

/** What of the answers is looked at. */
interface Told {
  tokens?: Tokens;
  order?: { id: string };
  secret?: string;
}

export interface DayOfUseOptions {
  /** Of the API that is used. */
  port: number;
  /** Makes what the day needs, and whose own calls are no part of it. */
  helper: TestApi;
  config: Config;
}

export class DayOfUse {
  readonly secrets = new Set([PASSWORD, CHANGED_PASSWORD, WRONG_PASSWORD, FORGED]);
  readonly #options: DayOfUseOptions;
  #tokens: Tokens = { accessToken: "", refreshToken: "" };
  #serviceKey = "";

  constructor(options: DayOfUseOptions) {
    this.#options = options;
  }

  async useAccount(): Promise<void> {
    const names = { username: "ada", firstName: "Ada" };
    this.#keep(await this.#call(`${IDENTITY}/Register`, { email: LOGIN, password: PASSWORD, ...names }));
    this.#keep(await this.#call(`${IDENTITY}/RefreshTokens`, { refreshToken: this.#tokens.refreshToken }));
    await this.#call(`${IDENTITY}/Login`, { login: LOGIN, password: WRONG_PASSWORD });
    await this.#call(`${IDENTITY}/Login`, { login: LOGIN, password: PASSWORD, extra: [] });
    await this.#call(`${IDENTITY}/Login`, { login: [LOGIN], password: WRONG_PASSWORD });
    await this.#call(`${IDENTITY}/GetProfile`, {}, FORGED);
    const change = { currentPassword: PASSWORD, newPassword: CHANGED_PASSWORD };
    await this.#call(`${IDENTITY}/ChangePassword`, change, this.#tokens.accessToken);
    this.#keep(await this.#call(`${IDENTITY}/Login`, { login: LOGIN, password: CHANGED_PASSWORD }));
  }

  async order(): Promise<void> {
    const { helper, config } = this.#options;
    const shop = await shopWith(helper, { mug: 5 });
    const wish = { storeId: shop.storeId, items: shop.items({ mug: 2 }) };
    const { order } = await this.#call("order.v1.OrderService/PlaceOrder", wish, this.#tokens.accessToken);
    const mail = await arrived(config, { id: order?.id ?? "" });
    for (const line of mail.split(/\r?\n/).filter((one) => /^(Subject|Hello|Hi|Dear)/i.test(one)))
      this.secrets.add(line);
  }

  async useService(): Promise<void> {
    const admin = await this.#options.helper.signUp("ADMIN");
    const made = await this.#call(`${IDENTITY}/CreateServiceKey`, { serviceKey: { name: "Till" } }, admin.token);
    this.#serviceKey = made.secret ?? "missing";
    this.secrets.add(admin.token).add(this.#serviceKey);
    await this.#call(LIST_MOVEMENTS, {}, this.#serviceKey);
  }

  /** While values are on their way into the tables: INTERNAL, with its cause in the log. */
  async meetBugs(): Promise<void> {
    const { database } = this.#options.helper;
    for (const table of ["users", "refresh_tokens", "service_keys"]) {
      await runSql(database, `ALTER TABLE identity.${table} RENAME TO lost`);
      const account = { email: `eve-${table}@customers.example`, username: `eve-${table}`, password: PASSWORD };
      await this.#call(`${IDENTITY}/Register`, account);
      await this.#call(`${IDENTITY}/Login`, { login: LOGIN, password: CHANGED_PASSWORD });
      await this.#call(`${IDENTITY}/RefreshTokens`, { refreshToken: this.#tokens.refreshToken });
      await this.#call(LIST_MOVEMENTS, {}, this.#serviceKey);
      await runSql(database, `ALTER TABLE identity.lost RENAME TO ${table}`);
    }
  }

  async signOut(): Promise<void> {
    await this.#call(`${IDENTITY}/Logout`, { refreshToken: this.#tokens.refreshToken });
    const stored = await runSql<{ secret: string }>(
      this.#options.helper.database,
      `SELECT password_hash AS secret FROM identity.users UNION ALL SELECT private_key FROM identity.signing_keys
       UNION ALL SELECT encode(hash, 'hex') FROM identity.refresh_tokens UNION ALL SELECT encode(secret_hash, 'hex') FROM identity.service_keys
       UNION ALL SELECT encode(value, 'hex') FROM platform.secrets`,
    );
    for (const { secret } of stored) this.secrets.add(secret);
  }

  async #call(rpc: string, body: object, token?: string): Promise<Told> {
    const authorization: Record<string, string> =
      token === undefined ? {} : { authorization: token.includes(" ") ? token : `Bearer ${token}` };
    const answer = await fetch(`http://127.0.0.1:${this.#options.port}/bodega.${rpc}`, {
      method: "POST",
      headers: { ...HEADERS, ...authorization },
      body: JSON.stringify(body),
    });
    return (await answer.json()) as Told;
  }

  #keep({ tokens }: Told): void {
    if (tokens === undefined) throw new Error("no tokens");
    for (const token of [tokens.accessToken, tokens.refreshToken]) this.secrets.add(token).add(token.slice(-30));
    this.#tokens = tokens;
  }
}
