/**
 * Arrays in PostgreSQL's binary wire format, which the driver passes on when a parameter is a
 * Buffer. Against text arrays this saves printing and parsing every number, and keeps each double
 * exact. Format: `array_recv` in src/backend/utils/adt/arrayfuncs.c.
 */
const INT4 = { oid: 23, size: 4 };
const FLOAT8 = { oid: 701, size: 8 };
const TIMESTAMPTZ = { oid: 1184, size: 8 };

const HEADER_BYTES = 20;
const TWO_POW_32 = 2 ** 32;
/** 2000-01-01T00:00:00Z, where PostgreSQL's microseconds start. */
const POSTGRES_EPOCH_MS = 946_684_800_000;

export function int4Array(values: readonly number[]): Buffer {
  return encode(INT4, values, (buffer, value, at) => buffer.writeInt32BE(value, at));
}

export function float8Array(values: readonly number[]): Buffer {
  return encode(FLOAT8, values, (buffer, value, at) => buffer.writeDoubleBE(value, at));
}

/** From whole Unix milliseconds. */
export function timestamptzArray(values: readonly number[]): Buffer {
  return encode(TIMESTAMPTZ, values, (buffer, value, at) => {
    // two halves instead of a BigInt, which costs an allocation for each value
    const micros = (value - POSTGRES_EPOCH_MS) * 1000;
    const high = Math.floor(micros / TWO_POW_32);
    buffer.writeInt32BE(high, at);
    buffer.writeUInt32BE(micros - high * TWO_POW_32, at + 4);
  });
}

function encode(
  element: { oid: number; size: number },
  values: readonly number[],
  write: (buffer: Buffer, value: number, at: number) => void,
): Buffer {
  const stride = 4 + element.size;
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + values.length * stride);
  buffer.writeInt32BE(1, 0); // dimensions
  buffer.writeInt32BE(0, 4); // no nulls
  buffer.writeInt32BE(element.oid, 8);
  buffer.writeInt32BE(values.length, 12);
  buffer.writeInt32BE(1, 16); // lower bound
  let at = HEADER_BYTES;
  for (const value of values) {
    buffer.writeInt32BE(element.size, at);
    write(buffer, value, at + 4);
    at += stride;
  }
  return buffer;
}
