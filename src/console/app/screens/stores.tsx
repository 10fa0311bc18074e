/** Stores. */
import { stores } from "../resources/inventory.ts";
import { EditForm, NewForm } from "../forms/form.tsx";
import { YesNo } from "../parts/format.tsx";
import { List } from "../list/list.tsx";
import { Link } from "../route.tsx";

export function Stores({ path: [id] }: { path: string[] }) {
  if (id === "new") return <NewForm resource={stores} />;
  if (id !== undefined) return <EditForm resource={stores} id={id} />;
  return (
    <List
      resource={stores}
      filters={[{ name: "active", label: "Active", kind: "yes-no", words: ["Active", "Inactive"] }]}
      columns={[
        { label: "Name", text: (row) => row.name, cell: (row) => <Link to={`/stores/${row.id}`}>{row.name}</Link> },
        { label: "Address", cell: (row) => row.address },
        { label: "Phone", cell: (row) => row.phone },
        { label: "Low below", number: true, cell: (row) => row.lowStockThreshold ?? 0 },
        {
          label: "Status",
          text: (row) => (row.active === true ? "Active" : "Inactive"),
          cell: (row) => <YesNo yes={row.active} />,
        },
        {
          label: "Stock",
          cell: (row) => (
            <Link to={`/stock?store=${row.id}`} label={`Stock of ${row.name}`}>
              Stock
            </Link>
          ),
        },
      ]}
    />
  );
}
