/** A thing's image, and the way to another one. */
import { Input, Paper } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId } from "react";
import { may } from "../auth/permission.ts";
import type { productImage } from "../resources/catalog.ts";
import { transport } from "../data/transport.ts";
import { Trouble } from "./states.tsx";
import { words } from "../words/parts.ts";

export function Thumbnail({ uri }: { uri: string }) {
  return uri === "" ? (
    <span className="no-image" aria-label={words.noImage} role="img" />
  ) : (
    <img src={uri} alt="" width={40} height={40} loading="lazy" />
  );
}

export interface ImageProps {
  of: { id: string; imageUri: string; thumbnailUri: string };
  /** Whose answers show it: its resource's. */
  path: string;
  upload: typeof productImage;
}

export function Image({ of, path, upload: { method, send } }: ImageProps) {
  const client = useQueryClient();
  const id = useId();
  const upload = useMutation({
    mutationFn: async (file: File) => send(transport, { id: of.id, content: new Uint8Array(await file.arrayBuffer()) }),
    onSuccess: () => client.invalidateQueries({ queryKey: [path] }),
  });
  return (
    <Paper component="section" mb="md" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{words.image}</h2>
      {of.thumbnailUri === "" ? (
        <p>{words.noImageYet}</p>
      ) : (
        <a href={of.imageUri}>
          <img src={of.thumbnailUri} alt={words.imageNow} className="image" />
        </a>
      )}
      {may(method) ? (
        <Input.Wrapper id={id} label={words.anotherImage} description={words.imageHint} mt="sm">
          <input
            id={id}
            type="file"
            accept="image/png,image/jpeg,image/webp"
            disabled={upload.isPending}
            onChange={(event) => event.target.files?.[0] !== undefined && upload.mutate(event.target.files[0])}
          />
        </Input.Wrapper>
      ) : null}
      <p role="status">{upload.isPending ? words.uploading : upload.isSuccess ? words.uploaded : ""}</p>
      {upload.isError ? <Trouble error={upload.error} /> : null}
    </Paper>
  );
}
