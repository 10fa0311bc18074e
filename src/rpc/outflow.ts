/**
 * Writes a stream's messages no faster than its peer reads them.
 *
 * Two listeners for the whole stream and not two for each wait; and a peer that left is remembered, because what is
 * written to a stream that has closed is never drained, and nobody tells of its end again.
 */
import type { EventEmitter } from "node:events";

interface Target extends EventEmitter {
  /** Whether more may be written at once. */
  write(bytes: Buffer): boolean;
}

/**
 * @param leaves the event that tells that the peer has left
 * @returns what writes: resolves when more may be written, with false when the peer has left
 */
export function outflow(target: Target, leaves: "close" | "cancelled"): (bytes: Buffer) => Promise<boolean> {
  let hasLeft = false;
  let goOn: (() => void) | undefined;
  target.on("drain", () => goOn?.());
  target.once(leaves, () => {
    hasLeft = true;
    goOn?.();
  });
  return async (bytes) => {
    if (hasLeft || target.write(bytes)) return !hasLeft;
    await new Promise<void>((resolve) => (goOn = resolve));
    return !hasLeft;
  };
}
