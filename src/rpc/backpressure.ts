/**
 * Writes a stream's messages no faster than its peer reads them, and leaves one that does not read at all.
 *
 * Two listeners for the whole stream and not two for each wait; and a peer that left is remembered, because what is
 * written to a stream that has closed is never drained, and nobody tells of its end again.
 */
import type { EventEmitter } from "node:events";

interface Target extends EventEmitter {
  /** Whether more may be written at once. */
  write(bytes: Buffer): boolean;
}

export interface BackpressureOptions {
  /** The event that tells that the peer has left. */
  leaves: "close" | "cancelled";
  /** How long a peer may take nothing of what waits for it. */
  patienceMs: number;
  /** Ends the stream without a word, which would only wait behind what is not read; the peer has left then. */
  cut: () => void;
}

export interface BackpressuredWriter {
  /** Resolves when more may be written, with false when the peer has left. */
  write(bytes: Buffer): Promise<boolean>;
  /** The end is written now; what waits before it is not waited for without end. */
  ending(): void;
}

export function backpressured(target: Target, { leaves, patienceMs, cut }: BackpressureOptions): BackpressuredWriter {
  let hasLeft = false;
  let goOn: (() => void) | undefined;
  let late: NodeJS.Timeout | undefined;
  target.on("drain", () => goOn?.());
  target.once("finish", () => clearTimeout(late));
  target.once(leaves, () => {
    hasLeft = true;
    clearTimeout(late);
    goOn?.();
  });
  return {
    async write(bytes) {
      if (hasLeft || target.write(bytes)) return !hasLeft;
      late = setTimeout(cut, patienceMs);
      await new Promise<void>((resolve) => (goOn = resolve));
      clearTimeout(late);
      return !hasLeft;
    },
    ending() {
      if (!hasLeft) late = setTimeout(cut, patienceMs);
    },
  };
}
