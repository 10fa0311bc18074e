/**
 * What the headers of a call say against it, before grpc-js reads anything of its body: a message is kept until it is
 * whole, and a stranger's is of no use.
 */
import type { Metadata } from "@grpc/grpc-js";
import type { Failure } from "../../platform/errors/failure.ts";
import type { Rpc } from "../call.ts";
import { HEADER_BYTES } from "../http/protocols/framing.ts";
import { maxRequestBytesOf, messageTooLarge } from "../limits.ts";
import { toFailure } from "../steps/errors.ts";

/** Calls `goOn` when they say nothing, at once where nothing is to be asked; otherwise `refuse`. */
export function admitByHeaders(
  { method, admit }: Rpc,
  metadata: Metadata,
  { goOn, refuse }: { goOn: () => void; refuse: (failure: Failure) => void },
): void {
  const maxBytes = maxRequestBytesOf(method);
  const [declaredBytes] = metadata.get("content-length");
  if (Number(declaredBytes ?? 0) > maxBytes + HEADER_BYTES) refuse(messageTooLarge(maxBytes));
  else if (admit === undefined) goOn();
  else
    admit((name) => valueOf(metadata, name)).then(goOn, (error: unknown) =>
      refuse(toFailure(error, { requestId: "" })),
    );
}

export function valueOf(metadata: Metadata, name: string): string | undefined {
  return metadata.get(name).map(String).join(", ") || undefined;
}
