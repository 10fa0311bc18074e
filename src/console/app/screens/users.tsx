/** Users. */
import { RoleSchema } from "../../../../gen/bodega/identity/v1/user_pb.ts";
import { users } from "../resources/identity.ts";
import { enumWords } from "../data/names.ts";
import { EditForm, NewForm } from "../forms/form.tsx";
import { Moment, momentText, YesNo } from "../parts/format.tsx";
import { List } from "../list/list.tsx";
import { Link } from "../route.tsx";

export function Users({ path: [id] }: { path: string[] }) {
  if (id === "new") return <NewForm resource={users} />;
  if (id !== undefined)
    return (
      <EditForm resource={users} id={id}>
        {({ id }) => (
          <p>
            <Link to={`/orders?user=${id}`}>This user’s orders</Link>
          </p>
        )}
      </EditForm>
    );
  return (
    <List
      resource={users}
      search="Search"
      filters={[
        { name: "role", label: "Role", kind: "enum", of: RoleSchema, among: [1, 2] },
        { name: "disabled", label: "Sign-in", kind: "yes-no", words: ["Disabled", "Allowed"] },
      ]}
      columns={[
        {
          label: "Username",
          text: (row) => row.username,
          cell: (row) => <Link to={`/users/${row.id}`}>{row.username}</Link>,
        },
        { label: "E-mail", cell: (row) => row.email },
        { label: "Name", cell: (row) => `${row.firstName} ${row.lastName}`.trim() },
        { label: "Role", cell: (row) => enumWords(RoleSchema, row.role) },
        {
          label: "Sign-in",
          text: (row) => (row.disabled === true ? "Disabled" : "Allowed"),
          cell: (row) => <YesNo yes={row.disabled !== true} words={["Allowed", "Disabled"]} />,
        },
        { label: "Made", text: (row) => momentText(row.createTime), cell: (row) => <Moment time={row.createTime} /> },
      ]}
    />
  );
}
