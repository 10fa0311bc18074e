/**
 * The one way to refuse: a `Failure` with a reason from the list below.
 *
 * A reason fixes its canonical code, so that the same refusal has the same code everywhere; callers may rely on
 * both (`google.rpc.ErrorInfo.reason`, domain `bodega`). Anything else that is thrown is a bug: the caller sees
 * INTERNAL without its text, and the log has its cause.
 */
import { Code } from "@connectrpc/connect";

/** Every reason there is, with its canonical code and what the caller should make of it. */
export const reasons = {
  MALFORMED_REQUEST: [Code.InvalidArgument, "The body is not a message of this RPC. Compare it with the schema."],
  INVALID_FIELDS: [Code.InvalidArgument, "Fields break their rules; BadRequest names each one."],
  INVALID_PAGE_TOKEN: [
    Code.InvalidArgument,
    "The page token is not ours, or belongs to another query. Start at page one.",
  ],
  INVALID_RESUME_TOKEN: [
    Code.InvalidArgument,
    "The resume token is not ours, or belongs to another caller or other filters.",
  ],
  UNKNOWN_UPDATE_PATH: [Code.InvalidArgument, "The update mask names a field that cannot be updated."],
  WRONG_CURRENCY: [Code.InvalidArgument, "This installation sells in one currency; the message names it."],
  AMOUNT_TOO_PRECISE: [Code.InvalidArgument, "The amount has fractions of the currency's smallest unit."],
  ORDER_TOO_LARGE: [Code.InvalidArgument, "The order's total is above what the system keeps. Split the order."],
  USER_ID_NOT_ALLOWED: [Code.InvalidArgument, "Only services name the user that they order for, and they must."],
  REQUEST_ID_REUSED: [Code.InvalidArgument, "This request_id was used with other content. Take a new one."],
  IMAGE_UNREADABLE: [
    Code.InvalidArgument,
    "The content is not one whole PNG, JPEG or WebP, and nothing else; the message says why.",
  ],
  IMAGE_TOO_LARGE: [
    Code.InvalidArgument,
    "The image has more pixels than the server decodes; metadata has the bounds.",
  ],
  WEAK_PASSWORD: [Code.InvalidArgument, "The password is too easy to guess. Choose another one."],

  NOT_SIGNED_IN: [Code.Unauthenticated, "The RPC needs `authorization: Bearer <access token>`."],
  INVALID_TOKEN: [Code.Unauthenticated, "The access token is forged, expired or not meant for here. Sign in again."],
  INVALID_REFRESH_TOKEN: [Code.Unauthenticated, "The refresh token is unknown, used, ended or expired. Sign in again."],
  WRONG_CREDENTIALS: [Code.Unauthenticated, "No account has this login and password."],
  WRONG_MFA_CODE: [Code.Unauthenticated, "The code is wrong, or was used before. Take the next one."],
  INVALID_MFA_TOKEN: [
    Code.Unauthenticated,
    "The mfa_token is unknown, used, expired or tried too often. Begin again with Login.",
  ],
  FOREIGN_ORIGIN: [Code.PermissionDenied, "Only the console's own page may use its session. Call the RPCs instead."],
  ACCESS_DENIED: [Code.PermissionDenied, "The caller's role may not use this RPC."],

  UNKNOWN_COMPRESSION: [Code.Unimplemented, "The body is compressed in a way that is not read here. Send it as it is."],
  NOT_IMPLEMENTED: [Code.Unimplemented, "The RPC is declared, and this version does not answer it yet."],

  CATEGORY_NOT_FOUND: [Code.NotFound, "No category has this id, or the caller may not see it."],
  PRODUCT_NOT_FOUND: [Code.NotFound, "No product has this id, or the caller may not see it."],
  STORE_NOT_FOUND: [Code.NotFound, "No store has this id."],
  ORDER_NOT_FOUND: [Code.NotFound, "No order of the caller has this id."],
  PROMOTION_NOT_FOUND: [Code.NotFound, "No promotion has this id."],
  CART_ITEM_NOT_FOUND: [Code.NotFound, "The product is not in the cart. Add it first."],
  USER_NOT_FOUND: [Code.NotFound, "No user has this id."],
  SERVICE_KEY_NOT_FOUND: [Code.NotFound, "No service key has this id."],
  WEBHOOK_NOT_FOUND: [Code.NotFound, "No webhook has this id."],
  WEBHOOK_DELIVERY_NOT_FOUND: [Code.NotFound, "No delivery to a webhook has this id; they are kept for 30 days."],
  DEAD_LETTER_NOT_FOUND: [Code.NotFound, "No e-mail that was given up on has this id."],

  EMAIL_TAKEN: [Code.AlreadyExists, "Another account has this e-mail address, whatever its case."],
  USERNAME_TAKEN: [Code.AlreadyExists, "Another account has this username, whatever its case."],
  SKU_TAKEN: [Code.AlreadyExists, "Another product has this SKU, whatever its case."],
  CATEGORY_NAME_TAKEN: [Code.AlreadyExists, "Another category has this name, whatever its case."],
  STORE_NAME_TAKEN: [Code.AlreadyExists, "Another store has this name, whatever its case."],
  PROMOTION_CODE_TAKEN: [Code.AlreadyExists, "Another promotion has this code, whatever its case."],

  PRODUCT_INACTIVE: [Code.FailedPrecondition, "The product is not for sale now."],
  CATEGORY_NOT_EMPTY: [Code.FailedPrecondition, "Products are in the category. Move or delete them first."],
  STORE_INACTIVE: [Code.FailedPrecondition, "The store sells nothing now."],
  USER_DISABLED: [
    Code.FailedPrecondition,
    "The user is disabled: services order and confirm nothing for them. Cancelling and shipping go on.",
  ],
  MFA_REQUIRED: [
    Code.FailedPrecondition,
    "The account must have a second factor: call EnrolTotp and ConfirmTotp, then RefreshTokens.",
  ],
  TOTP_NOT_ENROLLED: [Code.FailedPrecondition, "The account has no second factor. Call EnrolTotp first."],
  MFA_ENABLED: [Code.FailedPrecondition, "The account has a second factor already. Disable it first."],
  VERIFICATION_TOKEN_INVALID: [
    Code.FailedPrecondition,
    "The token of the mail is unknown, used, expired, or not the newest one. Ask for another mail.",
  ],
  LAST_ADMIN: [Code.FailedPrecondition, "It would leave nobody who can administer. Make another admin first."],
  PROMOTION_NOT_APPLICABLE: [
    Code.FailedPrecondition,
    "The code does not apply to this order; `why` says what is missing.",
  ],
  STORE_IN_USE: [Code.FailedPrecondition, "The store has orders, stock or holds, and cannot be deleted."],
  INSUFFICIENT_STOCK: [Code.FailedPrecondition, "The store has fewer than would be taken; `available` says how many."],
  WRONG_ORDER_STATUS: [
    Code.FailedPrecondition,
    "The order cannot make this step from where it stands; `status` says where.",
  ],
  HOLD_EXPIRED: [Code.FailedPrecondition, "The order's hold has ended. Place a new order."],
  TOTAL_CHANGED: [
    Code.FailedPrecondition,
    "The order would have another total than `expected_total`; `total` says which. Nothing was ordered; show it, then order anew.",
  ],
  PROMOTION_LIMIT_BELOW_USES: [
    Code.FailedPrecondition,
    "More orders use the promotion than the new limit allows; `redeemed_count` says how many.",
  ],
  CART_EMPTY: [Code.FailedPrecondition, "There is nothing in the cart to order."],
  CART_FULL: [Code.FailedPrecondition, "The cart has as many lines as it holds. Take something out, or order first."],
  CART_QUANTITY_TOO_LARGE: [Code.FailedPrecondition, "The cart would hold more of the product than it may."],

  RESUME_TOKEN_EXPIRED: [
    Code.OutOfRange,
    "What happened since the resume token is not kept any more. Read the orders anew, and watch from now on.",
  ],

  STALE_ETAG: [Code.Aborted, "Somebody else changed it meanwhile. Read it again, then repeat the change."],
  STALE_QUANTITY: [
    Code.Aborted,
    "Another quantity is stored than was expected; `quantity` says which. Look again, then repeat the change.",
  ],
  MESSAGE_TOO_LARGE: [Code.ResourceExhausted, "The message is larger than the server reads."],
  RATE_LIMITED: [
    Code.ResourceExhausted,
    "The caller called too often; `limit` says which limit it is. Retry after RetryInfo's delay.",
  ],
  TOO_MANY_HOLDS: [
    Code.ResourceExhausted,
    "The customer has as many open holds as one may; `limit` says how many. Confirm or cancel one of them.",
  ],
  TOO_BUSY: [
    Code.ResourceExhausted,
    "The server has more to do than it may queue, or somebody else has been changing the same for seconds. Retry after RetryInfo's delay.",
  ],
  TOO_MANY_STREAMS: [
    Code.ResourceExhausted,
    "The user watches by as many streams as one may; `limit` says how many. End one of them.",
  ],
  WATCHER_TOO_SLOW: [
    Code.ResourceExhausted,
    "Changes came faster than they were read. Watch again with the last resume_token.",
  ],
  DEADLINE_EXCEEDED: [
    Code.DeadlineExceeded,
    "The deadline passed; a change may or may not have happened. Repeat it with the same request_id.",
  ],
  CANCELED: [Code.Canceled, "The caller went away before the answer."],
  UNAVAILABLE: [
    Code.Unavailable,
    "A part that the call needs is away. Retry after RetryInfo's delay, with the same request_id.",
  ],
  INTERNAL: [Code.Internal, "A bug of ours. Report the x-request-id."],
} satisfies Record<string, readonly [Code, string]>;

export type Reason = keyof typeof reasons;

/** One field that broke a rule: `field` is its path in proto names, `description` says what is wrong with it. */
export interface Violation {
  field: string;
  description: string;
}

export interface FailureOptions {
  /** For programs, in ErrorInfo: ids, limits, the short lines. Never anything secret. */
  metadata?: Record<string, string>;
  /** Goes out as google.rpc.BadRequest. */
  violations?: Violation[];
  /** Goes out as google.rpc.RetryInfo. */
  retryAfterMs?: number;
  /** Logged, never sent. */
  cause?: unknown;
}

export class Failure extends Error {
  readonly reason: Reason;
  readonly code: Code;
  readonly metadata: Record<string, string>;
  readonly violations: Violation[];
  readonly retryAfterMs: number | undefined;

  /**
   * `message` is read by people: what is wrong and what to do about it. It reaches the caller as it is, but for halves of
   * characters: it may repeat what a caller sent, and no header of gRPC can be made of those.
   */
  constructor(reason: Reason, message: string, options: FailureOptions = {}) {
    super(message.toWellFormed(), { cause: options.cause });
    this.name = "Failure";
    this.reason = reason;
    this.code = reasons[reason][0];
    this.metadata = options.metadata ?? {};
    this.violations = options.violations ?? [];
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** A refusal because of one field: INVALID_FIELDS with one violation, so that forms can show it beside the field. */
export function invalidField(field: string, description: string): Failure {
  return invalidFields([{ field, description }]);
}

/** A refusal because of several; the text names the first. @param more how many there are that are not told */
export function invalidFields(violations: Violation[], more = 0): Failure {
  const [first] = violations;
  if (first === undefined) return new Failure("INVALID_FIELDS", "The request breaks a rule.");
  const others = violations.length - 1 + more;
  const rest = others > 0 ? ` (and ${others} more)` : "";
  return new Failure("INVALID_FIELDS", `${first.field === "" ? "request" : first.field}: ${first.description}${rest}`, {
    violations,
  });
}

/** Nobody orders in the name of somebody who may not sign in. */
export function userDisabled(id: string): Failure {
  return new Failure("USER_DISABLED", `User ${id} is disabled: nothing is ordered or confirmed for him.`);
}
