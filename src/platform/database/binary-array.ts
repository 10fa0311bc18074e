/**
 * Arrays as PostgreSQL takes them in binary: a column of a set-based statement, in one buffer.
 *
 * pg writes arrays as text: every element is quoted and escaped, bytes become hex, and the server reads it all back.
 * The format is array_recv's: dimensions, whether there are nulls, the element's type, length and lower bound, then
 * each element with its length. The elements' formats are those of uuid_recv, int8recv and so on.
 */

/** Types' object ids, from pg_type. */
const OID = { bytea: 17, bigint: 20, smallint: 21, text: 25, timestamptz: 1184, uuid: 2950, jsonb: 3802 } as const;

const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const NULL_LENGTH = -1;
const UUID_BYTES = 16;
/** Timestamps count from 2000-01-01 in microseconds. */
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0, 1);
const US_PER_MS = 1_000n;
/** The one version of jsonb's binary form. */
const JSONB_VERSION = 1;

type Column<T> = readonly (T | null)[];

/** How an element is written: its size first, then its bytes. */
interface Format<T> {
  oid: number;
  sizeOf(value: T): number;
  write(buffer: Buffer, value: T, at: number): void;
}

/** @param values in 36 characters, of either case */
export function uuids(values: Column<string>): Buffer {
  return arrayOf(UUID, values);
}

export function texts(values: Column<string>): Buffer {
  return arrayOf(TEXT, values);
}

/** @param values whole, from -2^15 */
export function smallints(values: Column<number>): Buffer {
  return arrayOf(SMALLINT, values);
}

export function bigints(values: Column<bigint>): Buffer {
  return arrayOf(BIGINT, values);
}

export function timestamps(values: Column<Date>): Buffer {
  return arrayOf(TIMESTAMPTZ, values);
}

export function byteas(values: Column<Uint8Array>): Buffer {
  return arrayOf(BYTEA, values);
}

/** @param values JSON texts */
export function jsonbs(values: Column<string>): Buffer {
  return arrayOf(JSONB, values);
}

const UUID: Format<string> = { oid: OID.uuid, sizeOf: () => UUID_BYTES, write: writeUuid };
const TEXT: Format<string> = {
  oid: OID.text,
  sizeOf: (value) => Buffer.byteLength(value),
  write: (buffer, value, at) => buffer.write(value, at),
};
const SMALLINT: Format<number> = {
  oid: OID.smallint,
  sizeOf: () => 2,
  write: (buffer, value, at) => buffer.writeInt16BE(value, at),
};
const BIGINT: Format<bigint> = { oid: OID.bigint, sizeOf: () => 8, write: writeInt64 };
const TIMESTAMPTZ: Format<Date> = {
  oid: OID.timestamptz,
  sizeOf: () => 8,
  write: (buffer, value, at) => writeInt64(buffer, BigInt(value.getTime() - POSTGRES_EPOCH_MS) * US_PER_MS, at),
};
const BYTEA: Format<Uint8Array> = {
  oid: OID.bytea,
  sizeOf: (value) => value.length,
  write: (buffer, value, at) => buffer.set(value, at),
};
const JSONB: Format<string> = {
  oid: OID.jsonb,
  sizeOf: (value) => 1 + Buffer.byteLength(value),
  write: (buffer, value, at) => buffer.write(value, buffer.writeUInt8(JSONB_VERSION, at)),
};

function arrayOf<T>({ oid, sizeOf, write }: Format<T>, values: Column<T>): Buffer {
  let bytes = HEADER_BYTES;
  for (const value of values) bytes += LENGTH_BYTES + (value === null ? 0 : sizeOf(value));
  const buffer = Buffer.allocUnsafe(bytes);
  let at = HEADER_BYTES;
  let nulls = 0;
  for (const value of values) {
    if (value === null) {
      nulls = 1;
      at = writeInt32(buffer, NULL_LENGTH, at);
    } else {
      const size = sizeOf(value);
      at = writeInt32(buffer, size, at);
      write(buffer, value, at);
      at += size;
    }
  }
  for (const [index, word] of [1, nulls, oid, values.length, 1].entries()) writeInt32(buffer, word, index * 4);
  return buffer;
}

/** Node's own checks its arguments, at three times the cost. @returns where it ends */
function writeInt32(buffer: Buffer, value: number, at: number): number {
  buffer[at] = value >>> 24;
  buffer[at + 1] = value >>> 16;
  buffer[at + 2] = value >>> 8;
  buffer[at + 3] = value;
  return at + 4;
}

/** From its two halves, which are numbers: what is written as a BigInt costs one more for each. */
function writeInt64(buffer: Buffer, value: bigint, at: number): void {
  writeInt32(buffer, Number(BigInt.asUintN(32, value)) | 0, writeInt32(buffer, Number(value >> 32n) | 0, at));
}

/** Four bits for each character of a number in base 16, by its code; 255 for others. */
const NIBBLES = Uint8Array.from({ length: 128 }, (_, code) => {
  const digit = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(digit) ? 255 : digit;
});

/** @throws TypeError when it is no UUID: what was validated before cannot be one */
function writeUuid(buffer: Buffer, text: string, at: number): void {
  let to = at;
  let bad = text.length !== 36;
  for (let index = 0; index < 36; index += 2) {
    if (text.charCodeAt(index) === HYPHEN) index++;
    const high = NIBBLES[text.charCodeAt(index)] ?? 255;
    const low = NIBBLES[text.charCodeAt(index + 1)] ?? 255;
    bad ||= (high | low) > 15;
    buffer[to++] = (high << 4) | low;
  }
  if (bad || to !== at + UUID_BYTES) throw new TypeError(`${text} is no UUID`);
}

const HYPHEN = 0x2d;
