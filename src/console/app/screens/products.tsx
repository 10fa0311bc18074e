/** Products. */
import { categories, productImage, products } from "../resources/catalog.ts";
import { productActs } from "../bulk/product-acts.ts";
import { amountOf, moneyText } from "../data/money.ts";
import { oneOf } from "../list/filter.tsx";
import { EditForm, NewForm } from "../forms/form.tsx";
import { YesNo } from "../parts/format.tsx";
import { List } from "../list/list.tsx";
import { useOptions } from "../forms/options.ts";
import { Image, Thumbnail } from "../parts/image.tsx";
import { ProductStock } from "../stock/product-stock.tsx";
import { Link } from "../route.tsx";
import { words as partWords } from "../words/parts.ts";
import { words } from "../words/screens/products.ts";

export function Products({ path: [id] }: { path: string[] }) {
  if (id === undefined) return <Catalog />;
  return <OneProduct id={id} />;
}

function OneProduct({ id }: { id: string }) {
  const choices = { category_id: useOptions(categories) };
  if (id === "new") return <NewForm resource={products} choices={choices} />;
  return (
    <EditForm resource={products} id={id} choices={choices}>
      {(product) => (
        <>
          <Image of={product} path="products" upload={productImage} />
          <ProductStock productId={product.id} />
        </>
      )}
    </EditForm>
  );
}

function Catalog() {
  return (
    <List
      resource={products}
      search={words.search}
      acts={productActs}
      orders={words.orders}
      filters={[
        oneOf("category", words.category, categories),
        { name: "active", label: partWords.active, kind: "yes-no", words: [partWords.active, partWords.inactive] },
        { name: "featured", label: words.featured, kind: "yes-no", words: [words.featured, words.notFeatured] },
        { name: "stock", label: words.stock, kind: "yes-no", words: [words.inStock, words.soldOut] },
      ]}
      columns={[
        { label: words.image, cell: (row) => <Thumbnail uri={row.thumbnailUri} /> },
        {
          label: words.title,
          text: (row) => row.title,
          sort: ["name", "-name"],
          cell: (row) => <Link to={`/products/${row.id}`}>{row.title}</Link>,
        },
        { label: words.sku, text: (row) => row.sku, cell: (row) => <code>{row.sku}</code> },
        { label: words.category, cell: (row) => row.category },
        {
          label: words.price,
          number: true,
          sort: ["price", "-price"],
          text: (row) => (row.price === undefined ? "" : amountOf(row.price)),
          cell: (row) => moneyText(row.price),
        },
        {
          label: words.status,
          text: (row) => (row.active === true ? partWords.active : partWords.inactive),
          cell: (row) => <YesNo yes={row.active} />,
        },
      ]}
    />
  );
}
