/** Users. */
import { RoleSchema } from "../../../../gen/bodega/identity/v1/user_pb.ts";
import { users } from "../resources/identity.ts";
import { enumWords } from "../data/names.ts";
import { EditForm, NewForm } from "../forms/form.tsx";
import { Moment, momentText, YesNo } from "../parts/format.tsx";
import { List } from "../list/list.tsx";
import { Link } from "../route.tsx";
import { words } from "../words/screens/users.ts";

export function Users({ path: [id] }: { path: string[] }) {
  if (id === "new") return <NewForm resource={users} />;
  if (id !== undefined)
    return (
      <EditForm resource={users} id={id}>
        {({ id }) => (
          <p>
            <Link to={`/orders?user=${id}`}>{words.orders}</Link>
          </p>
        )}
      </EditForm>
    );
  return (
    <List
      resource={users}
      search={words.search}
      filters={[
        { name: "role", label: words.role, kind: "enum", of: RoleSchema, among: [1, 2] },
        { name: "disabled", label: words.signIn, kind: "yes-no", words: [words.disabled, words.allowed] },
      ]}
      columns={[
        {
          label: words.username,
          text: (row) => row.username,
          cell: (row) => <Link to={`/users/${row.id}`}>{row.username}</Link>,
        },
        { label: words.email, cell: (row) => row.email },
        { label: words.name, cell: (row) => `${row.firstName} ${row.lastName}`.trim() },
        { label: words.role, cell: (row) => enumWords(RoleSchema, row.role) },
        {
          label: words.signIn,
          text: (row) => (row.disabled === true ? words.disabled : words.allowed),
          cell: (row) => <YesNo yes={row.disabled !== true} words={[words.allowed, words.disabled]} />,
        },
        {
          label: words.made,
          text: (row) => momentText(row.createTime),
          cell: (row) => <Moment time={row.createTime} />,
        },
      ]}
    />
  );
}
