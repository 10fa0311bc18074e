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
import { words as partWords } from "../words/parts.ts";
import { words } from "../words/screens/products.ts";

const method = products.update?.method;

export const productActs: readonly Act<Product>[] = [
  {
    words: words.changePrice,
    method,
    inputs: [{ name: "price", label: words.by, hint: words.byHint }],
    plan(row, { price = "" }) {
      const changed = row.price === undefined ? undefined : changedPrice(row.price, price);
      if (changed === undefined) throw new WrongValue("price", words.wrongPrice);
      if (typeof changed === "string") return changed;
      const now = moneyText(changed);
      if (now === moneyText(row.price)) return words.samePrice;
      return step(row, { price: changed }, words.change(moneyText(row.price), now));
    },
  },
  {
    words: words.activate,
    method,
    plan: (row) =>
      row.active === true
        ? words.isActive
        : step(row, { active: true }, words.change(partWords.inactive, partWords.active)),
  },
  {
    words: words.deactivate,
    method,
    plan: (row) =>
      row.active === true
        ? step(row, { active: false }, words.change(partWords.active, partWords.inactive))
        : words.isInactive,
  },
  {
    words: words.move,
    method,
    inputs: [{ name: "category", label: words.category, options: () => useOptions(categories) }],
    plan: (row, { category = "" }) =>
      row.categoryId === category ? words.isThere : step(row, { categoryId: category }, words.moves),
  },
];

type Changes = Partial<Pick<Product, "price" | "active" | "categoryId">>;
const paths: Record<keyof Changes, string> = { price: "price", active: "active", categoryId: "category_id" };

function step(row: Product, changes: Changes, said: string): Step<Product> {
  const names = (["price", "active", "categoryId"] as const).filter((name) => name in changes);
  return {
    row,
    words: said,
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
