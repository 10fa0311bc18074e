/** Resume tokens: up to where somebody has seen the changes of which history, sealed for the caller and what he watches. */
import type { OutboxPositions, OutboxPosition } from "../../../outbox/outbox.ts";
import { Failure } from "../../../platform/errors/failure.ts";
import { TokenSigner } from "../../../platform/crypto/signed-token.ts";
import type { WatchFilter } from "./watch-filter.ts";

export interface ResumeTokensOptions {
  /** Shared by every process. */
  key: Buffer;
  callerId: string;
  scope: WatchFilter;
  /** How long a token is good. */
  lifeMs: number;
}

export class ResumeTokens {
  readonly #seal: TokenSigner;
  readonly #lifeMs: number;

  constructor({ key, callerId, scope: { userId, orderId, storeId }, lifeMs }: ResumeTokensOptions) {
    this.#seal = new TokenSigner(key, ["watch", callerId, userId, orderId, storeId]);
    this.#lifeMs = lifeMs;
  }

  write({ position, history }: OutboxPosition): string {
    return this.#seal.sign(`${position} ${Date.now()} ${history}`);
  }

  /**
   * @throws Failure INVALID_RESUME_TOKEN, RESUME_TOKEN_EXPIRED
   */
  read(token: string, { history, purged, newest }: OutboxPositions): OutboxPosition {
    const payload = this.#seal.verify(token);
    if (payload === undefined) throw foreign();
    // The release before wrote no history.
    const [digits = "", writtenMs, ofHistory = history] = payload.split(" ");
    const position = BigInt(digits);
    const isOld = Date.now() - Number(writtenMs) > this.#lifeMs;
    // Of a history that is lost, the database was restored: what came after may never have been.
    if (isOld || ofHistory !== history || position < purged || position > newest) throw expired();
    return { history, position };
  }
}

function foreign(): Failure {
  const description = "does not belong to this caller and these filters";
  return new Failure("INVALID_RESUME_TOKEN", `resume_token ${description}. Leave it empty to watch from now on.`, {
    violations: [{ field: "resume_token", description }],
  });
}

export function expired(): Failure {
  return new Failure(
    "RESUME_TOKEN_EXPIRED",
    "What happened since is not kept any more. Read the orders anew, and watch from now on.",
  );
}
