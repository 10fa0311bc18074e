/** Counts that are bigint in PostgreSQL and int32 in a message. */

const MAX_INT32 = 2_147_483_647n;

/** Two billion stands for more than two billion: a sum over many stores should not become a server error. */
export function toInt32(count: bigint | string): number {
  const exact = BigInt(count);
  return Number(exact > MAX_INT32 ? MAX_INT32 : exact);
}
