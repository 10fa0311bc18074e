/**
 * Step: a `request_id` makes a retry safe. The claim on the id, what the handler writes and the stored answer are one
 * transaction, so that either all of them exist or none.
 *
 * Callers with the same id at the same time wait for the first on the claim's row, then get its answer. A refusal of
 * the domain undoes what the handler wrote and is stored on its own; errors of ours are not stored, so that a retry
 * is decided anew. Orders store their own answers, with their batch; here only those of their refusals are stored that
 * came before it.
 */
import {
  clearField,
  clone,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type Message,
  toBinary,
} from "@bufbuild/protobuf";
import type { Sequelize } from "sequelize";
import { findStoredResponses, KEPT } from "../../platform/idempotency/stored-responses.ts";
import { runSql } from "../../platform/database/database.ts";
import { Failure } from "../../platform/errors/failure.ts";
import { type StoredResponse, type Claim, isFinal, keyText, toStored } from "../../platform/idempotency/request-key.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import { claimOf } from "../claim.ts";
import { deletedMeanwhile } from "../deleted-meanwhile.ts";
import { secretFieldsOf } from "../request/secret-fields.ts";
import { type Answer, type Call, isStream, type Next, type Step } from "../call.ts";

export interface IdempotencyOptions {
  /** RPCs whose handlers store their answers by themselves. */
  except: DescMethod[];
  /** Puts back into an answer that is given again what was not stored with it. */
  complete: (answer: Message) => Promise<void>;
}

export function idempotencyStep(database: Sequelize, { except, complete }: IdempotencyOptions): Step {
  return async function idempotency(call: Call, next: Next): Promise<Answer> {
    const claim = except.includes(call.method) ? undefined : claimOf(call);
    try {
      return await (claim === undefined ? next() : answerOnce({ database, complete }, claim, call, next));
    } catch (error) {
      const refusal = deletedMeanwhile(error, call) ?? error;
      if (!(refusal instanceof Failure) || !isFinal(refusal)) throw error;
      const claim = claimOf(call);
      if (claim === undefined) throw error;
      await insert(database, claim, null, toStored(refusal));
      return replay({ database, complete }, claim, call);
    }
  };
}

interface Parts extends Pick<IdempotencyOptions, "complete"> {
  database: Sequelize;
}

function answerOnce({ database, complete }: Parts, claim: Claim, call: Call, next: Next): Promise<Answer> {
  return withTransaction(
    database,
    async () => {
      if (!(await insert(database, claim, null, null))) return replay({ database, complete }, claim, call);
      const answer = await next();
      if (isStream(answer)) throw new TypeError("a stream has no request_id");
      await store(database, claim, toBinary(call.method.output, withoutSecrets(call.method.output, answer)));
      return answer;
    },
    call,
  );
}

/**
 * The answer without the fields that the proto marks as secret (`secret`): a secret that is shown once is not
 * kept in plain text for a day. A repetition gets it only where `complete` finds it elsewhere.
 */
function withoutSecrets(message: DescMessage, answer: Message): Message {
  const secrets = secretFieldsOf(message);
  if (secrets.length === 0) return answer;
  const stored = clone(message, answer);
  for (const field of secrets) clearField(stored, field);
  return stored;
}

/** Waits for whoever holds the same id; false when that one has answered. */
async function insert(
  database: Sequelize,
  claim: Claim,
  response: Buffer | null,
  failure: string | null,
): Promise<boolean> {
  const inserted = await runSql(
    database,
    `INSERT INTO platform.requests AS r (caller, rpc, request_id, fingerprint, response, failure) VALUES ($1, $2, $3, $4, $5, $6::jsonb)
     ON CONFLICT (caller, rpc, request_id) DO UPDATE
       SET fingerprint = excluded.fingerprint, response = excluded.response, failure = excluded.failure, created_at = now()
       WHERE r.created_at < now() - interval '${KEPT}'
     RETURNING true AS inserted`,
    [claim.caller, claim.rpc, claim.requestId, claim.fingerprint, response, failure],
  );
  return inserted.length === 1;
}

async function store(database: Sequelize, { caller, rpc, requestId }: Claim, response: Uint8Array): Promise<void> {
  await runSql(
    database,
    "UPDATE platform.requests SET response = $4 WHERE caller = $1 AND rpc = $2 AND request_id = $3",
    [caller, rpc, requestId, Buffer.from(response)],
  );
}

/** @throws the refusal that was stored; Failure REQUEST_ID_REUSED when the id came with other content */
async function replay({ database, complete }: Parts, claim: Claim, call: Call): Promise<Message> {
  const answers = await findStoredResponses(database, [claim]);
  const answer = messageOf(answers.get(keyText(claim)), call.method);
  await complete(answer);
  return answer;
}

function messageOf(answered: StoredResponse | undefined, method: DescMethod): Message {
  if (answered === undefined) throw new TypeError("a claimed request id has no answer");
  if (answered instanceof Failure) throw answered;
  return fromBinary(method.output, answered);
}
