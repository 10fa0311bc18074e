/** Watching orders: who may watch what, from where on, and by how many streams for how long. */
import { withTimeout } from "../../../platform/async/with-timeout.ts";
import type { SignedIn } from "../../../platform/auth/caller.ts";
import { Failure } from "../../../platform/errors/failure.ts";
import type { RedisWindow } from "../../../platform/rate-limit/redis-window.ts";
import { unawaited } from "../../../platform/async/unawaited.ts";
import type { OutboxPositions, OutboxPosition } from "../../../outbox/outbox.ts";
import type { CallSignal } from "../../../rpc/call-signal.ts";
import { stopping } from "../../../rpc/limits.ts";
import { watchMessage, type WatchMessage } from "../mapping.ts";
import type { Orders } from "../orders.ts";
import type { WatchLimits } from "./limits.ts";
import { follow, type FollowDeps } from "./follow.ts";
import { Mailbox } from "./mailbox.ts";
import { ResumeTokens } from "./resume-tokens.ts";
import type { WatchFilter } from "./watch-filter.ts";

export interface WatchDeps extends FollowDeps {
  orders: Orders;
  positions: () => Promise<OutboxPositions>;
  /** What is committed has this position or a lower one. */
  now: () => Promise<OutboxPosition>;
  limiter: RedisWindow;
  limits: WatchLimits;
  /** Of the tokens. */
  key: Buffer;
  /** @throws Failure STORE_NOT_FOUND */
  requireStore: (id: string) => Promise<void>;
  onStop: () => Promise<void>;
}

/** What is asked for; "" for nothing. */
export interface WatchRequest {
  orderId: string;
  storeId: string;
  resumeToken: string;
}

const RECONNECT_AFTER_MS = 1_000;
/** A Redis that does not answer must not hold a process's end. */
const RELEASE_TIMEOUT_MS = 2_000;

/** Gives a stream's place back; twice does no harm. */
type GiveBack = () => Promise<void>;

export class Watches {
  readonly #parts: WatchDeps;
  readonly #open = new Set<Mailbox>();
  readonly #places = new Set<GiveBack>();
  #stopped = false;

  constructor(parts: WatchDeps) {
    this.#parts = parts;
  }

  /**
   * @throws Failure ORDER_NOT_FOUND, STORE_NOT_FOUND, ACCESS_DENIED, INVALID_RESUME_TOKEN, RESUME_TOKEN_EXPIRED,
   *   TOO_MANY_STREAMS, WATCHER_TOO_SLOW, CANCELED, UNAVAILABLE when the stream's life is over or the server stops
   */
  async *watch(wish: WatchRequest, caller: SignedIn, signal: CallSignal): AsyncGenerator<WatchMessage> {
    const { limits, key, now, positions } = this.#parts;
    const scope = await this.#scopeOf(wish, caller);
    const tokens = new ResumeTokens({ key, callerId: caller.id, scope, lifeMs: limits.tokenLifeMs });
    const place = await this.#take(caller.id);
    const mailbox = this.#openMailbox();
    const life = setTimeout(() => mailbox.end(lived()), limits.maxLifeMs);
    signal.onAbort(() => mailbox.end(new Failure("CANCELED", "The caller went away.")));
    try {
      const from = wish.resumeToken === "" ? await now() : tokens.read(wish.resumeToken, await positions());
      for await (const { change, position } of follow(this.#parts, {
        mailbox,
        scope,
        from,
        heartbeatMs: limits.heartbeatMs,
      })) {
        yield watchMessage(change, tokens.write({ history: from.history, position }));
      }
    } finally {
      clearTimeout(life);
      this.#open.delete(mailbox);
      // The end of a stream does not wait for Redis.
      unawaited(this.#release(place));
    }
  }

  /** Ends every stream with UNAVAILABLE, and gives their places back, also of those whose clients do not read. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const mailbox of this.#open) mailbox.end(stopping());
    const released = Promise.all([...this.#places].map((place) => this.#release(place)));
    await Promise.all([
      this.#parts.onStop(),
      this.#parts.tail.stop(),
      withTimeout(RELEASE_TIMEOUT_MS, released, () => undefined),
    ]);
  }

  async #release(place: GiveBack): Promise<void> {
    await place();
    this.#places.delete(place);
  }

  /** Whose changes: his own, for whoever is no admin. @throws Failure ACCESS_DENIED, ORDER_NOT_FOUND, STORE_NOT_FOUND */
  async #scopeOf({ orderId, storeId }: WatchRequest, { id, role }: SignedIn): Promise<WatchFilter> {
    const { orders, requireStore } = this.#parts;
    const userId = role === "ADMIN" ? undefined : id;
    if (storeId !== "" && userId !== undefined)
      throw new Failure("ACCESS_DENIED", "Only admins watch a store. Leave store_id out.");
    if (storeId !== "") await requireStore(storeId);
    const scope = { userId, storeId: storeId === "" ? undefined : storeId };
    if (orderId === "") return scope;
    await orders.get(orderId, { ownedBy: userId === undefined ? "anybody" : { user: userId } });
    return { ...scope, orderId };
  }

  /** A place among the user's streams; one that a dead process held is free again after the longest life of a stream. */
  async #take(userId: string): Promise<GiveBack> {
    const { limiter, limits } = this.#parts;
    const name = `watch ${userId}`;
    const { allowed, entry } = await limiter.take(name, { count: limits.maxStreams, windowMs: limits.maxLifeMs });
    if (!allowed) {
      throw new Failure(
        "TOO_MANY_STREAMS",
        `A user may watch by ${limits.maxStreams} streams at once. End one of them.`,
        {
          metadata: { limit: String(limits.maxStreams) },
        },
      );
    }
    const place = () => limiter.giveBack(name, entry);
    this.#places.add(place);
    return place;
  }

  #openMailbox(): Mailbox {
    const mailbox = new Mailbox(this.#parts.limits.maxWaiting);
    this.#open.add(mailbox);
    if (this.#stopped) mailbox.end(stopping());
    return mailbox;
  }
}

function lived(): Failure {
  const message = "The stream has lasted as long as one may. Watch again with the last resume_token.";
  return new Failure("UNAVAILABLE", message, { retryAfterMs: RECONNECT_AFTER_MS });
}
