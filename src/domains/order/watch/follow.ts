/**
 * One watcher's way through the changes: first those since where he was, page by page as he reads them, then live.
 *
 * Nobody reads the live end for himself, and nobody's past waits in memory. Whoever is no longer behind the tail gets
 * his seat there in the same turn of the event loop in which that is found out; so nothing lies between the last page
 * and the first live change, and nothing comes twice.
 */
import type { OutboxPosition } from "../../../outbox/outbox.ts";
import type { ChangeLog } from "./change-log.ts";
import type { OrderChange } from "../order-change.ts";
import type { Mailbox } from "./mailbox.ts";
import type { WatchFilter } from "./watch-filter.ts";
import type { OutboxTail } from "./outbox-tail.ts";

export interface FollowDeps {
  changes: ChangeLog;
  tail: OutboxTail;
}

export interface Watcher {
  mailbox: Mailbox;
  scope: WatchFilter;
  /** He has seen what has this position or a lower one. */
  from: OutboxPosition;
  heartbeatMs: number;
}

/** A change, or undefined when there was none for a while, and up to where he has now seen all that is his. */
export interface Seen {
  change: OrderChange | undefined;
  position: bigint;
}

/** Changes of the past in one statement. */
const PAGE = 200;
/** Positions that one statement looks through: some 100 ms of PostgreSQL where none of them is the watcher's. */
const POSITIONS_AT_ONCE = 50_000n;

/** Begins its live part with a heartbeat. @throws Failure what the mailbox was ended with */
export async function* follow(parts: FollowDeps, watcher: Watcher): AsyncGenerator<Seen> {
  const { tail } = parts;
  const { mailbox, heartbeatMs } = watcher;
  await tail.enter();
  let leaveSeat: (() => void) | undefined;
  try {
    const arrived = yield* catchUp(parts, watcher);
    leaveSeat = arrived.leaveSeat;
    let { position } = arrived;
    yield { change: undefined, position };
    for (;;) {
      const change = await mailbox.next(heartbeatMs);
      if (change !== undefined) position = change.change.position;
      // What came in this very moment is told before a token passes it.
      else if (!mailbox.isEmpty) continue;
      else if (tail.position > position) position = tail.position;
      yield { change, position };
    }
  } finally {
    leaveSeat?.();
    tail.leave();
  }
}

async function* catchUp(
  { changes, tail }: FollowDeps,
  { mailbox, scope, from }: Watcher,
): AsyncGenerator<Seen, { position: bigint; leaveSeat: () => void }> {
  const { history } = from;
  for (let { position } = from; ;) {
    const leaveSeat = tail.sit(mailbox, scope, { history, position });
    if (leaveSeat !== undefined) return { position, leaveSeat };
    const upTo = tail.position - position > POSITIONS_AT_ONCE ? position + POSITIONS_AT_ONCE : tail.position;
    const page = await changes.readPast(scope, { after: { history, position }, upTo, limit: PAGE });
    for (const change of await changes.withOrders(page)) {
      mailbox.requireOpen();
      yield { change, position: change.change.position };
    }
    mailbox.requireOpen();
    position = page.length === PAGE ? (page.at(-1)?.position ?? upTo) : upTo;
  }
}
