/** Service keys: made, shown once, revoked. */
import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { IdentityService } from "../../../../gen/bodega/identity/v1/identity_service_pb.ts";
import type { ServiceKey } from "../../../../gen/bodega/identity/v1/service_key_pb.ts";
import { may } from "../auth/permission.ts";
import { call } from "../data/call.ts";
import { serviceKeys } from "../resources/identity.ts";
import { transport } from "../data/transport.ts";
import { Confirm } from "../parts/confirm.tsx";
import { NewForm } from "../forms/form.tsx";
import { Badge, Moment, momentText } from "../parts/format.tsx";
import { List } from "../list/list.tsx";
import { Secret } from "../parts/secret.tsx";
import { Trouble } from "../parts/states.tsx";
import { navigate } from "../route.tsx";

export function ServiceKeys({ path: [id] }: { path: string[] }) {
  const [secret, setSecret] = useState<string>();
  if (secret !== undefined)
    return <Secret secret={secret} what="service key" done={() => (setSecret(undefined), navigate("/service-keys"))} />;
  if (id === "new") return <NewForm resource={serviceKeys} after={(written) => setSecret(written.secret)} />;
  return (
    <List
      resource={serviceKeys}
      heading="Service keys"
      filters={[{ name: "revoked", label: "Status", kind: "yes-no", words: ["Revoked", "Good"] }]}
      columns={[
        { label: "Name", cell: (row) => row.name },
        { label: "Begins with", text: (row) => row.prefix, cell: (row) => <code>{row.prefix}</code> },
        { label: "Calls a second", number: true, cell: (row) => row.callsPerSecond ?? "any" },
        {
          label: "Last used",
          text: (row) => momentText(row.lastUsedTime),
          cell: (row) => <Moment time={row.lastUsedTime} />,
        },
        {
          label: "Status",
          cell: (row) =>
            row.revokeTime === undefined ? <Revocation serviceKey={row} /> : <Badge words="Revoked" tone="plain" />,
        },
      ]}
    />
  );
}

function Revocation({ serviceKey }: { serviceKey: ServiceKey }) {
  const [asking, setAsking] = useState(false);
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => call(transport, IdentityService.method.revokeServiceKey, { id: serviceKey.id }),
    onSuccess: () => client.invalidateQueries({ queryKey: [serviceKeys.path] }),
  });
  if (!may(IdentityService.method.revokeServiceKey)) return <Badge words="Good" tone="good" />;
  return (
    <>
      <Button
        size="compact-sm"
        variant="outline"
        color="red"
        aria-label={`Revoke ${serviceKey.name}`}
        onClick={() => setAsking(true)}
      >
        Revoke
      </Button>
      {asking ? (
        <Confirm
          title={`Revoke “${serviceKey.name}”?`}
          action="Revoke the key"
          busy={revoke.isPending}
          onConfirm={() => revoke.mutate()}
          onClose={() => setAsking(false)}
        >
          <p>Whoever signs in with it is refused within a second. This cannot be undone.</p>
          {revoke.isError ? <Trouble error={revoke.error} /> : null}
        </Confirm>
      ) : null}
    </>
  );
}
