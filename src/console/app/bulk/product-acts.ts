/** What can be done to many products at once. */
import { clone } from "@bufbuild/protobuf";
import { type Product, ProductSchema } from "../../../../gen/bodega/catalog/v1/product_pb.ts";
import { moneyText } from "../data/money.ts";
import { transport } from "../data/transport.ts";
import { WrongValue } from "../forms/fields.ts";
import { useOptions } from "../forms/options.ts";
import { categories, products } from "../resources/catalog.ts";
import type { Act, Step } from "./act.ts";
import { changedPrice } from "./changed-price.ts";

const method = products.update?.method;

export const productActs: readonly Act<Product>[] = [
  {
    words: "Change price",
    method,
    inputs: [
      { name: "price", label: "By", hint: "A new price such as 12.50, or a change such as +2.00, -2.00, +10% or -5%" },
    ],
    plan(row, { price = "" }) {
      const changed = row.price === undefined ? undefined : changedPrice(row.price, price);
      if (changed === undefined)
        throw new WrongValue("price", "must be a price such as 12.50, or a change such as +2.00 or -5%");
      if (typeof changed === "string") return changed;
      const now = moneyText(changed);
      if (now === moneyText(row.price)) return "has this price";
      return step(row, { price: changed }, `${moneyText(row.price)} → ${now}`);
    },
  },
  {
    words: "Activate",
    method,
    plan: (row) => (row.active === true ? "is active" : step(row, { active: true }, "Inactive → Active")),
  },
  {
    words: "Deactivate",
    method,
    plan: (row) => (row.active === true ? step(row, { active: false }, "Active → Inactive") : "is inactive"),
  },
  {
    words: "Move to category",
    method,
    inputs: [{ name: "category", label: "Category", options: () => useOptions(categories) }],
    plan: (row, { category = "" }) =>
      row.categoryId === category ? "is there" : step(row, { categoryId: category }, "moves"),
  },
];

type Changes = Partial<Pick<Product, "price" | "active" | "categoryId">>;
const paths: Record<keyof Changes, string> = { price: "price", active: "active", categoryId: "category_id" };

function step(row: Product, changes: Changes, words: string): Step<Product> {
  const names = (["price", "active", "categoryId"] as const).filter((name) => name in changes);
  return {
    row,
    words,
    async send(from) {
      const product = Object.assign(clone(ProductSchema, from), changes);
      const more = { paths: names.map((name) => paths[name]), values: {}, requestId: crypto.randomUUID() };
      await products.update?.send(transport, product, more);
    },
    isDone: (now) =>
      names.every((name) =>
        name === "price" ? moneyText(now.price) === moneyText(changes.price) : now[name] === changes[name],
      ),
  };
}
