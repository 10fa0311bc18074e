/**
 * The connections that node:cluster hands over to a child, and what it does not see of them.
 *
 * It hands a child the next connection of a port when the child has said that it has the one before. A child without a
 * descriptor gets the message and no connection; node:cluster forgets that one, waits for the word for ever, and the
 * child gets no connection any more (nodejs/help#3914). The same becomes of what was on its way to a child that died:
 * nobody closes it, and its caller waits. Node tells of both in messages between its processes alone, which have no
 * other name (docs/upgrading.md).
 *
 * The other ways were measured. Where children accept by themselves (SCHED_NONE), one of two takes up to 58 of 64
 * connections that come at once, and eight take from none to 28; with SO_REUSEPORT two take from 19 to 45, and what
 * waits for a child that stops is lost, where round robin gives each 32 and loses none.
 */
import type { ChildProcess } from "node:child_process";

interface Closable {
  close(): void;
}

/** @param onLost called for each connection that the child could not take: it gets none any more */
export function trackHandOvers(child: ChildProcess, onLost: () => void): void {
  const underWay = new Map<unknown, Closable>();
  const send: unknown = Reflect.get(child, "send");
  // One that could not be started.
  if (typeof send !== "function") return;
  Reflect.set(child, "send", (message: unknown, handle: unknown, ...rest: unknown[]): unknown => {
    if (isClosable(handle)) underWay.set(fieldOf(message, "seq"), handle);
    return Reflect.apply(send, child, [message, handle, ...rest]);
  });
  child.on("internalMessage", (message: unknown) => {
    underWay.delete(fieldOf(message, "ack"));
    if (fieldOf(message, "cmd") === "NODE_HANDLE_NACK") onLost();
  });
  child.once("exit", () => underWay.forEach((connection) => connection.close()));
}

function fieldOf(message: unknown, name: string): unknown {
  return typeof message === "object" && message !== null ? Reflect.get(message, name) : undefined;
}

function isClosable(handle: unknown): handle is Closable {
  return typeof handle === "object" && handle !== null && typeof Reflect.get(handle, "close") === "function";
}
