/** A thing by its name where only its id is told: read once, and shown on every screen that names it. */
import { useQuery } from "@tanstack/react-query";
import { may } from "../auth/permission.ts";
import { transport } from "../data/transport.ts";
import type { Resource, Row } from "../resources/resource.ts";
import { Named } from "./format.tsx";

/** A name that changed is shown as it was for so long, beside the id's link that is right all the time. */
const FRESH_MS = 300_000;

export function NameOf<T extends Row>({ resource, id, name }: { resource: Resource<T>; id: string; name?: string }) {
  const asked = useQuery({
    queryKey: [resource.path, "name", id],
    queryFn: async () => {
      const row = await resource.get?.send(transport, id);
      return row === undefined ? "" : resource.title(row);
    },
    enabled: id !== "" && (name ?? "") === "" && may(resource.get?.method),
    staleTime: FRESH_MS,
    // One that is deleted has no name any more.
    retry: false,
  });
  return <Named name={name || (asked.data ?? "")} id={id} to={`/${resource.path}/${id}`} />;
}
