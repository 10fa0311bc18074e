/** Stores. */
import { stores } from "../resources/inventory.ts";
import { EditForm, NewForm } from "../forms/form.tsx";
import { YesNo } from "../parts/format.tsx";
import { List } from "../list/list.tsx";
import { Link } from "../route.tsx";
import { words as partWords } from "../words/parts.ts";
import { words } from "../words/screens/stores.ts";

export function Stores({ path: [id] }: { path: string[] }) {
  if (id === "new") return <NewForm resource={stores} />;
  if (id !== undefined) return <EditForm resource={stores} id={id} />;
  return (
    <List
      resource={stores}
      filters={[
        { name: "active", label: partWords.active, kind: "yes-no", words: [partWords.active, partWords.inactive] },
      ]}
      columns={[
        { label: words.name, text: (row) => row.name, cell: (row) => <Link to={`/stores/${row.id}`}>{row.name}</Link> },
        { label: words.address, cell: (row) => row.address },
        { label: words.phone, cell: (row) => row.phone },
        { label: words.lowBelow, number: true, cell: (row) => row.lowStockThreshold ?? 0 },
        {
          label: words.status,
          text: (row) => (row.active === true ? partWords.active : partWords.inactive),
          cell: (row) => <YesNo yes={row.active} />,
        },
        {
          label: words.stock,
          cell: (row) => (
            <Link to={`/stock?store=${row.id}`} label={words.stockOf(row.name)}>
              {words.stock}
            </Link>
          ),
        },
      ]}
    />
  );
}
