/** Categories. */
import { categories, categoryImage } from "../resources/catalog.ts";
import { EditForm, NewForm } from "../forms/form.tsx";
import { Moment, momentText, YesNo } from "../parts/format.tsx";
import { List } from "../list/list.tsx";
import { Image, Thumbnail } from "../parts/image.tsx";
import { Link } from "../route.tsx";
import { words as partWords } from "../words/parts.ts";
import { words } from "../words/screens/categories.ts";

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
      filters={[
        { name: "active", label: partWords.active, kind: "yes-no", words: [partWords.active, partWords.inactive] },
      ]}
      columns={[
        { label: words.image, cell: (row) => <Thumbnail uri={row.thumbnailUri} /> },
        {
          label: words.name,
          text: (row) => row.name,
          cell: (row) => <Link to={`/categories/${row.id}`}>{row.name}</Link>,
        },
        {
          label: words.status,
          text: (row) => (row.active === true ? partWords.active : partWords.inactive),
          cell: (row) => <YesNo yes={row.active} />,
        },
        {
          label: words.changed,
          text: (row) => momentText(row.updateTime),
          cell: (row) => <Moment time={row.updateTime} />,
        },
      ]}
    />
  );
}
