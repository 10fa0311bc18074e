/** The shop of a run, made through the API before anything strikes: goods, people, promotions, a webhook. */
import { randomUUID } from "node:crypto";
import type { Sequelize } from "sequelize";
import { currencyOf, toMoney } from "../../src/platform/wire/money.ts";
import { insertUser, PASSWORD } from "../support/api.ts";
import { Account, type Ways } from "./accounts.ts";
import { CODES, PRODUCTS, STORES } from "./workload.ts";

export interface Shop {
  storeIds: string[];
  productIds: string[];
  titles: string[];
  codes: string[];
  customers: Account[];
  /** How many of the customers, the first ones, want nothing that anybody locks. */
  bystanders: number;
  /** Ids of those who call the second machine too, and want nothing that bystanders want. */
  elsewhere: ReadonlySet<string>;
  staff: Account[];
  /** Admins who only watch. */
  watchers: Account[];
  webhookSecret: string;
}

export interface ShopOptions {
  database: Sequelize;
  ways: Ways;
  waysElsewhere: Ways;
  webhookUrl: string;
  customers: number;
  bystanders: number;
  /** Of the customers. */
  elsewhere: number;
  staff: number;
  watchers: number;
}

const USD = currencyOf("USD");
/** Little enough to run out now and then. */
const STOCK = 40;
const TIMEOUT_MS = 20_000;
/** A code that everybody may use for ever, and one that is used up again and again: cancelled orders give uses back. */
const TERMS = [{ percent: 10 }, { percent: 25, limit: 30, perUser: 6 }];

export async function furnish({ database, ways, waysElsewhere, webhookUrl, ...wanted }: ShopOptions): Promise<Shop> {
  const admins = await Promise.all(Array.from({ length: wanted.staff + wanted.watchers }, () => admin(database, ways)));
  const [first] = admins;
  if (first === undefined) throw new TypeError("nobody can furnish the shop");
  const clients = first.by("gRPC");
  const options = () => ({ headers: first.headers(randomUUID()), timeoutMs: TIMEOUT_MS });
  const goods = await stockGoods(clients, options);
  const codes = await makeCodes(clients, options);
  const { secret } = await clients.notification.createWebhook({ webhook: { url: webhookUrl } }, options());
  const here = wanted.bystanders + wanted.customers - wanted.elsewhere;
  const customers = await Promise.all(
    Array.from({ length: here + wanted.elsewhere }, (_, n) => customer(n, n < here ? ways : waysElsewhere)),
  );
  return {
    ...goods,
    codes,
    customers,
    bystanders: wanted.bystanders,
    elsewhere: new Set(customers.slice(here).map(({ userId }) => userId)),
    staff: admins.slice(0, wanted.staff),
    watchers: admins.slice(wanted.staff),
    webhookSecret: secret,
  };
}

type Clients = ReturnType<Account["by"]>;
/** Of a call; each has a request id of its own. */
type Options = () => { headers: Record<string, string>; timeoutMs: number };

async function stockGoods(
  { catalog, inventory }: Clients,
  options: Options,
): Promise<Pick<Shop, "storeIds" | "productIds" | "titles">> {
  const { category } = await catalog.createCategory({ category: { name: "Everything" } }, options());
  const titles = Array.from({ length: PRODUCTS }, (_, n) => `Teapot ${String.fromCodePoint(65 + n)}`);
  const products = await Promise.all(
    titles.map((title, n) =>
      catalog.createProduct(
        { product: { sku: `SOAK-${n}`, title, price: toMoney(BigInt(250 + 75 * n), USD), categoryId: category?.id } },
        options(),
      ),
    ),
  );
  const stores = await Promise.all(
    Array.from({ length: STORES }, (_, n) => inventory.createStore({ store: { name: `Store ${n + 1}` } }, options())),
  );
  const productIds = products.map(({ product }) => product?.id ?? "");
  const storeIds = stores.map(({ store }) => store?.id ?? "");
  for (const storeId of storeIds) {
    for (const productId of productIds) await inventory.setStock({ storeId, productId, quantity: STOCK }, options());
  }
  return { storeIds, productIds, titles };
}

async function makeCodes({ promotion }: Clients, options: Options): Promise<string[]> {
  const codes = TERMS.slice(0, CODES).map((_, n) => `SOAK${n}`);
  await Promise.all(
    TERMS.map(({ percent, limit, perUser }, n) =>
      promotion.createPromotion(
        {
          promotion: {
            code: codes[n] ?? "",
            discount: { case: "percent", value: percent },
            usageLimit: limit,
            usageLimitPerUser: perUser,
          },
        },
        options(),
      ),
    ),
  );
  return codes;
}

async function admin(database: Sequelize, ways: Ways): Promise<Account> {
  const { id, email } = await insertUser(database, "ADMIN");
  const account = new Account(id, { login: email, password: PASSWORD }, ways);
  await account.signIn("gRPC", TIMEOUT_MS);
  return account;
}

async function customer(number: number, ways: Ways): Promise<Account> {
  const login = `customer-${number}@soak.example`;
  const { user } = await ways.clients.JSON.identity.register(
    { email: login, username: `customer-${number}`, password: PASSWORD, firstName: "Ada" },
    { timeoutMs: TIMEOUT_MS },
  );
  const account = new Account(user?.id ?? "", { login, password: PASSWORD }, ways);
  await account.signIn("JSON", TIMEOUT_MS);
  return account;
}
