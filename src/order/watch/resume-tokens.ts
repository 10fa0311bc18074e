/** Resume tokens: up to where somebody has seen the changes, sealed for the caller and what he watches. */
import { Failure } from "../../platform/errors.ts";
import { Seal } from "../../platform/seal.ts";
import type { Scope } from "./scope.ts";

export interface ResumeTokensOptions {
  /** Shared by every process. */
  key: Buffer;
  callerId: string;
  scope: Scope;
  /** How long a token is good. */
  lifeMs: number;
}

export class ResumeTokens {
  readonly #seal: Seal;
  readonly #lifeMs: number;

  constructor({ key, callerId, scope: { userId, orderId, storeId }, lifeMs }: ResumeTokensOptions) {
    this.#seal = new Seal(key, ["watch", callerId, userId, orderId, storeId]);
    this.#lifeMs = lifeMs;
  }

  write(position: bigint): string {
    return this.#seal.seal(`${position} ${Date.now()}`);
  }

  /**
   * @throws Failure INVALID_RESUME_TOKEN, RESUME_TOKEN_EXPIRED
   */
  read(token: string, { purged, newest }: { purged: bigint; newest: bigint }): bigint {
    const payload = this.#seal.open(token);
    if (payload === undefined) throw foreign();
    const [position = "", writtenMs] = payload.split(" ");
    const isOld = Date.now() - Number(writtenMs) > this.#lifeMs;
    // One of the future: the database was brought back to an earlier day.
    if (isOld || BigInt(position) < purged || BigInt(position) > newest) throw expired();
    return BigInt(position);
  }
}

function foreign(): Failure {
  const description = "does not belong to this caller and these filters";
  return new Failure("INVALID_RESUME_TOKEN", `resume_token ${description}. Leave it empty to watch from now on.`, {
    violations: [{ field: "resume_token", description }],
  });
}

export function expired(): Failure {
  return new Failure("RESUME_TOKEN_EXPIRED", "What happened since is not kept any more. Read the orders anew, and watch from now on.");
}
