/** Categories. */
import { categories, categoryImage } from "../resources/catalog.ts";
import { EditForm, NewForm } from "../forms/form.tsx";
import { Moment, momentText, YesNo } from "../parts/format.tsx";
import { List } from "../list/list.tsx";
import { Image, Thumbnail } from "../parts/image.tsx";
import { Link } from "../route.tsx";

export function Categories({ path: [id] }: { path: string[] }) {
  if (id === "new") return <NewForm resource={categories} />;
  if (id !== undefined) {
    return (
      <EditForm resource={categories} id={id}>
        {(category) => <Image of={category} path="categories" upload={categoryImage} />}
      </EditForm>
    );
  }
  return (
    <List
      resource={categories}
      filters={[{ name: "active", label: "Active", kind: "yes-no", words: ["Active", "Inactive"] }]}
      columns={[
        { label: "Image", cell: (row) => <Thumbnail uri={row.thumbnailUri} /> },
        { label: "Name", text: (row) => row.name, cell: (row) => <Link to={`/categories/${row.id}`}>{row.name}</Link> },
        {
          label: "Status",
          text: (row) => (row.active === true ? "Active" : "Inactive"),
          cell: (row) => <YesNo yes={row.active} />,
        },
        {
          label: "Changed",
          text: (row) => momentText(row.updateTime),
          cell: (row) => <Moment time={row.updateTime} />,
        },
      ]}
    />
  );
}
