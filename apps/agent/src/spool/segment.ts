import { open, unlink, type FileHandle } from 'node:fs/promises';
import { ignoreMissing } from '../disk/durable-file.js';
import {
  decodeHeader,
  encodeRecord,
  HEADER_BYTES,
  isIntact,
  type RecordHeader,
} from './segment-record.js';

export interface SegmentRecord {
  readonly body: Buffer;
  readonly createdAt: number;
  /** Where the next record begins. */
  readonly end: number;
}

/** One file of the spool: records one after another, read from the front, written at the end. */
export class Segment {
  /** Something half-written stands behind the end: nothing can be appended any more. */
  private broken = false;
  /** What was appended last, so that a batch that is sent at once is not read back. */
  private newest: { readonly start: number; readonly record: SegmentRecord } | undefined;

  private constructor(
    readonly path: string,
    readonly number: number,
    private readonly file: FileHandle,
    private size: number,
    private readOffset: number,
  ) {}

  static async open(path: string, number: number, readOffset: number): Promise<Segment> {
    const file = await open(path, 'a+', 0o600);
    const { size } = await file.stat();
    return new Segment(path, number, file, size, Math.min(readOffset, size));
  }

  /** Bytes on disk, read or not. */
  get bytes(): number {
    return this.size;
  }

  get isBroken(): boolean {
    return this.broken;
  }

  get position(): number {
    return this.readOffset;
  }

  get isRead(): boolean {
    return this.readOffset >= this.size;
  }

  async append(body: Buffer, createdAt: number): Promise<void> {
    const record = encodeRecord(body, createdAt);
    try {
      await this.file.appendFile(record);
      const start = this.size;
      this.size += record.length;
      this.newest = { start, record: { body, createdAt, end: this.size } };
    } catch (error) {
      // a part of it may have been written: what follows would be read as garbage
      await this.file.truncate(this.size).catch(() => {
        this.broken = true;
      });
      throw error;
    }
  }

  /** The next record; undefined when there is none, or what follows is damaged. */
  async read(): Promise<SegmentRecord | undefined> {
    if (this.newest?.start === this.readOffset) return this.newest.record;
    const header = await this.headerAt(this.readOffset);
    if (header === undefined) return undefined;
    const start = this.readOffset + HEADER_BYTES;
    const body = await this.bytesAt(start, header.bodyBytes);
    if (!isIntact(header, body)) return undefined;
    return { body, createdAt: header.createdAt, end: start + header.bodyBytes };
  }

  /** Goes on to the record that begins at `offset`. */
  advance(offset: number): void {
    this.readOffset = offset;
    if (this.isRead) this.newest = undefined;
  }

  /** Forgets the unread rest, which cannot be read. */
  skipRest(): number {
    const skipped = this.size - this.readOffset;
    this.readOffset = this.size;
    return skipped;
  }

  /** How many records are still to be read. */
  async countUnread(): Promise<number> {
    let count = 0;
    let offset = this.readOffset;
    for (;;) {
      const header = await this.headerAt(offset);
      if (header === undefined || offset + HEADER_BYTES + header.bodyBytes > this.size) break;
      offset += HEADER_BYTES + header.bodyBytes;
      count += 1;
    }
    return count;
  }

  /** Cuts off what a crash left half-written at the end. */
  async trimTornEnd(): Promise<number> {
    let offset = this.readOffset;
    for (;;) {
      const header = await this.headerAt(offset);
      if (header === undefined || offset + HEADER_BYTES + header.bodyBytes > this.size) break;
      offset += HEADER_BYTES + header.bodyBytes;
    }
    const torn = this.size - offset;
    if (torn > 0) {
      await this.file.truncate(offset);
      this.size = offset;
    }
    return torn;
  }

  /** Begins anew at the front: everything was read. */
  async clear(): Promise<void> {
    await this.file.truncate(0);
    this.size = 0;
    this.readOffset = 0;
    this.newest = undefined;
  }

  async remove(): Promise<void> {
    await this.file.close();
    await unlink(this.path).catch(ignoreMissing);
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  private async headerAt(offset: number): Promise<RecordHeader | undefined> {
    if (offset + HEADER_BYTES > this.size) return undefined;
    return decodeHeader(await this.bytesAt(offset, HEADER_BYTES));
  }

  private async bytesAt(offset: number, length: number): Promise<Buffer> {
    // a damaged length must not make us ask for gigabytes
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.size - offset)));
    const { bytesRead } = await this.file.read(buffer, 0, buffer.length, offset);
    return buffer.subarray(0, bytesRead);
  }
}
