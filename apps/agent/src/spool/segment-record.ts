import { crc32 } from 'node:zlib';

/** Length (4), CRC-32 of the body (4), time of creation in Unix ms (8), all big-endian; the body. */
export const HEADER_BYTES = 16;

export interface RecordHeader {
  readonly bodyBytes: number;
  readonly checksum: number;
  readonly createdAt: number;
}

export function encodeRecord(body: Uint8Array, createdAt: number): Buffer {
  const record = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  record.writeUInt32BE(body.length, 0);
  record.writeUInt32BE(crc32(body), 4);
  record.writeBigUInt64BE(BigInt(createdAt), 8);
  record.set(body, HEADER_BYTES);
  return record;
}

/** Undefined when there is no whole header. */
export function decodeHeader(bytes: Buffer): RecordHeader | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  return {
    bodyBytes: bytes.readUInt32BE(0),
    checksum: bytes.readUInt32BE(4),
    createdAt: Number(bytes.readBigUInt64BE(8)),
  };
}

export function isIntact(header: RecordHeader, body: Uint8Array): boolean {
  return body.length === header.bodyBytes && crc32(body) === header.checksum;
}
