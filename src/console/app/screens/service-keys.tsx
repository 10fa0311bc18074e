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
import { words } from "../words/screens/service-keys.ts";

export function ServiceKeys({ path: [id] }: { path: string[] }) {
  const [secret, setSecret] = useState<string>();
  if (secret !== undefined)
    return (
      <Secret secret={secret} what={words.secret} done={() => (setSecret(undefined), navigate("/service-keys"))} />
    );
  if (id === "new") return <NewForm resource={serviceKeys} after={(written) => setSecret(written.secret)} />;
  return (
    <List
      resource={serviceKeys}
      heading={words.heading}
      filters={[{ name: "revoked", label: words.status, kind: "yes-no", words: [words.revoked, words.good] }]}
      columns={[
        { label: words.name, cell: (row) => row.name },
        { label: words.beginsWith, text: (row) => row.prefix, cell: (row) => <code>{row.prefix}</code> },
        { label: words.callsPerSecond, number: true, cell: (row) => row.callsPerSecond ?? words.any },
        {
          label: words.lastUsed,
          text: (row) => momentText(row.lastUsedTime),
          cell: (row) => <Moment time={row.lastUsedTime} />,
        },
        {
          label: words.status,
          cell: (row) =>
            row.revokeTime === undefined ? (
              <Revocation serviceKey={row} />
            ) : (
              <Badge words={words.revoked} tone="plain" />
            ),
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
  if (!may(IdentityService.method.revokeServiceKey)) return <Badge words={words.good} tone="good" />;
  return (
    <>
      <Button
        size="compact-sm"
        variant="outline"
        color="red"
        aria-label={words.revokeLabel(serviceKey.name)}
        onClick={() => setAsking(true)}
      >
        {words.revoke}
      </Button>
      {asking ? (
        <Confirm
          title={words.revokeTitle(serviceKey.name)}
          action={words.revokeGo}
          busy={revoke.isPending}
          onConfirm={() => revoke.mutate()}
          onClose={() => setAsking(false)}
        >
          <p>{words.revokeText}</p>
          {revoke.isError ? <Trouble error={revoke.error} /> : null}
        </Confirm>
      ) : null}
    </>
  );
}
