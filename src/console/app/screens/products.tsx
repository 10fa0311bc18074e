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
      search="Search"
      acts={productActs}
      orders={[
        ["", "Best match or newest"],
        ["name", "Name"],
        ["-name", "Name, from Z"],
        ["price", "Price, lowest first"],
        ["-price", "Price, highest first"],
        ["oldest", "Oldest first"],
      ]}
      filters={[
        oneOf("category", "Category", categories),
        { name: "active", label: "Active", kind: "yes-no", words: ["Active", "Inactive"] },
        { name: "featured", label: "Featured", kind: "yes-no", words: ["Featured", "Not featured"] },
        { name: "stock", label: "Stock", kind: "yes-no", words: ["In stock", "Sold out"] },
      ]}
      columns={[
        { label: "Image", cell: (row) => <Thumbnail uri={row.thumbnailUri} /> },
        {
          label: "Title",
          text: (row) => row.title,
          sort: ["name", "-name"],
          cell: (row) => <Link to={`/products/${row.id}`}>{row.title}</Link>,
        },
        { label: "SKU", text: (row) => row.sku, cell: (row) => <code>{row.sku}</code> },
        { label: "Category", cell: (row) => row.category },
        {
          label: "Price",
          number: true,
          sort: ["price", "-price"],
          text: (row) => (row.price === undefined ? "" : amountOf(row.price)),
          cell: (row) => moneyText(row.price),
        },
        {
          label: "Status",
          text: (row) => (row.active === true ? "Active" : "Inactive"),
          cell: (row) => <YesNo yes={row.active} />,
        },
      ]}
    />
  );
}
