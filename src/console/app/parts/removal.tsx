/** The button that deletes, and the question before it. */
import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { may } from "../auth/permission.ts";
import type { Resource, Row } from "../resources/resource.ts";
import { transport } from "../data/transport.ts";
import { guardLeaving, navigate } from "../route.tsx";
import { Confirm } from "./confirm.tsx";
import { Trouble } from "./states.tsx";
import { words } from "../words/parts.ts";

export function Removal<T extends Row>({ resource, row }: { resource: Resource<T>; row: T }) {
  const [asking, setAsking] = useState(false);
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: async () => resource.remove?.send(transport, row),
    onSuccess() {
      client.removeQueries({ queryKey: [resource.path, "one", row.id] });
      void client.invalidateQueries({ queryKey: [resource.path] });
      // It is gone: there is nothing left to save.
      guardLeaving(undefined);
      navigate(`/${resource.path}`);
      setAsking(false);
    },
  });
  if (!may(resource.remove?.method)) return null;
  return (
    <>
      <Button variant="outline" color="red" onClick={() => setAsking(true)}>
        {words.delete}
      </Button>
      {asking ? (
        <Confirm
          title={words.deleteTitle(resource.title(row))}
          action={words.deleteGo(resource.one)}
          busy={remove.isPending}
          onConfirm={() => remove.mutate()}
          onClose={() => (remove.reset(), setAsking(false))}
        >
          <p>{words.deleteText}</p>
          {remove.isError ? <Trouble error={remove.error} /> : null}
        </Confirm>
      ) : null}
    </>
  );
}
