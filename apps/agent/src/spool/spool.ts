import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Log } from '../log/log.js';
import { Segment, type SegmentRecord } from './segment.js';
import { WakeUp } from '../waiting/wake-up.js';

export interface SpoolLimits {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

/** A body to deliver. */
export interface SpooledBody {
  readonly body: Buffer;
  readonly createdAt: number;
}

export interface SpoolFigures {
  readonly bytes: number;
  /** Batches that were dropped because the spool was full, too old or damaged. */
  readonly dropped: number;
  /** Batches that the disk refused, kept in memory only. */
  readonly inMemory: number;
}

const SEGMENT_BYTES = 1024 * 1024;
const SEGMENT_NAME = /^(\d{12})\.spool$/;
const CURSOR_NAME = 'cursor.json';

/** How far the spool was read. */
const Cursor = z.object({
  segment: z.number().int(),
  offset: z.number().int().nonnegative(),
});
type Cursor = z.infer<typeof Cursor>;

/** What is kept in memory while the disk refuses to take anything. */
const MAX_IN_MEMORY = 256;

/**
 * Batches that wait for delivery, in the order in which they were made, in files that survive the end
 * of the agent. Each is written before it is sent for the first time; files are not synced, so a
 * `kill -9` loses nothing that was written, a loss of power the last seconds. The oldest go first
 * when the spool is full.
 */
export class Spool {
  private segments: Segment[] = [];
  private readonly inMemory: SpooledBody[] = [];
  private droppedBatches = 0;
  private turn: Promise<unknown> = Promise.resolve();
  private readonly appended = new WakeUp();
  private nextNumber = 1;
  private offered: { readonly segment: Segment; readonly record: SegmentRecord } | undefined;
  private savedCursor: Cursor = { segment: -1, offset: 0 };
  /** The cursor on disk may point behind what a segment that was cleared will hold. */
  private isCursorStale = false;

  private constructor(
    private readonly directory: string,
    private readonly limits: SpoolLimits,
    private readonly log: Log,
    private readonly now: () => number,
  ) {}

  static async open(
    directory: string,
    limits: SpoolLimits,
    log: Log,
    now: () => number = Date.now,
  ): Promise<Spool> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const spool = new Spool(directory, limits, log, now);
    await spool.load();
    return spool;
  }

  get figures(): SpoolFigures {
    const bytes = this.segments.reduce((sum, { bytes, position }) => sum + bytes - position, 0);
    return { bytes, dropped: this.droppedBatches, inMemory: this.inMemory.length };
  }

  /** Takes a body over. Resolves when it would survive a `kill -9` of the agent. */
  append(body: Buffer): Promise<void> {
    return this.inTurn(async () => {
      const createdAt = this.now();
      try {
        const segment = await this.writableSegment();
        await segment.append(body, createdAt);
        await this.makeRoom();
      } catch (error) {
        this.log.error('the spool cannot be written; batches are kept in memory', error);
        this.inMemory.push({ body, createdAt });
        if (this.inMemory.length > MAX_IN_MEMORY) this.drop(1, this.inMemory.shift());
      }
      this.appended.wake();
    });
  }

  /**
   * The oldest body, as soon as there is one: the same one until it is released. Undefined when the
   * signal is aborted first.
   */
  async next(signal: AbortSignal): Promise<SpooledBody | undefined> {
    while (!signal.aborted) {
      this.appended.reset();
      const body = await this.inTurn(() => this.oldest());
      if (body !== undefined) return body;
      await this.appended.wait(signal);
    }
    return undefined;
  }

  /** The body that `next` returned is no longer needed: delivered, or nobody will ever take it. */
  release(body: SpooledBody): Promise<void> {
    return this.inTurn(async () => {
      if (this.inMemory[0] === body) this.inMemory.shift();
      const { offered } = this;
      // it may have been dropped meanwhile to make room
      if (offered?.record !== body || offered.segment !== this.segments[0]) return;
      offered.segment.advance(offered.record.end);
      if (offered.segment.isRead) await this.leave(offered.segment);
      await this.saveCursor();
    });
  }

  async close(): Promise<void> {
    await this.inTurn(async () => {
      await Promise.all(this.segments.map((segment) => segment.close()));
    });
  }

  private async oldest(): Promise<SpooledBody | undefined> {
    for (;;) {
      const [segment] = this.segments;
      if (segment === undefined) return this.inMemory[0];
      const record = await segment.read();
      if (record === undefined) {
        const lost = segment.skipRest();
        if (lost > 0) {
          // how many they were, nobody can tell: at least one
          this.droppedBatches += 1;
          this.log.error('a part of the spool is damaged', undefined, { bytes: lost });
        }
        const hasMore = await this.leave(segment);
        await this.saveCursor();
        if (!hasMore) return this.inMemory[0];
      } else if (record.createdAt >= this.now() - this.limits.maxAgeMs) {
        this.offered = { segment, record };
        return record;
      } else {
        this.drop(1, record);
        segment.advance(record.end);
      }
    }
  }

  private async load(): Promise<void> {
    const cursor = await this.readCursor();
    const numbers = (await readdir(this.directory))
      .flatMap((name) => SEGMENT_NAME.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((left, right) => left - right);
    for (const number of numbers) {
      const offset = number === cursor.segment ? cursor.offset : 0;
      this.segments.push(await Segment.open(this.pathOf(number), number, offset));
    }
    this.savedCursor = cursor;
    this.nextNumber = Math.max(numbers.at(-1) ?? 0, cursor.segment) + 1;
    const torn = (await this.segments.at(-1)?.trimTornEnd()) ?? 0;
    if (torn > 0) this.log.warn('a batch was cut off by the end of the agent', { bytes: torn });
    await this.saveCursor();
  }

  private async writableSegment(): Promise<Segment> {
    const last = this.segments.at(-1);
    if (last !== undefined && this.isWritable(last)) return last;
    const number = this.nextNumber;
    const segment = await Segment.open(this.pathOf(number), number, 0);
    this.nextNumber += 1;
    this.segments.push(segment);
    return segment;
  }

  private isWritable(segment: Segment): boolean {
    // what is appended where a stale cursor points would be taken for read
    const isSafe = !this.isCursorStale || segment.number > this.savedCursor.segment;
    return isSafe && !segment.isBroken && segment.bytes < SEGMENT_BYTES;
  }

  private async makeRoom(): Promise<void> {
    let bytes = this.segments.reduce((sum, segment) => sum + segment.bytes, 0);
    while (bytes > this.limits.maxBytes && this.segments.length > 1) {
      const oldest = this.segments.shift();
      if (oldest === undefined) return;
      bytes -= oldest.bytes;
      this.drop(await oldest.countUnread(), undefined);
      await oldest.remove();
    }
  }

  /** Puts a segment away that was read to its end; false when it is the last one, now empty. */
  private async leave(segment: Segment): Promise<boolean> {
    if (this.segments.length === 1) {
      await segment.clear();
      return false;
    }
    this.segments.shift();
    await segment.remove();
    return true;
  }

  private drop(count: number, body: SpooledBody | undefined): void {
    if (count === 0) return;
    this.droppedBatches += count;
    const createdAt = body === undefined ? undefined : new Date(body.createdAt).toISOString();
    this.log.warn('dropped batches that could not be delivered', { count, createdAt });
  }

  /** Has to follow the clearing of a segment before anything is appended to it. */
  private async saveCursor(): Promise<void> {
    const [segment] = this.segments;
    if (segment === undefined) return;
    const cursor = { segment: segment.number, offset: segment.position };
    const { savedCursor } = this;
    if (cursor.segment === savedCursor.segment && cursor.offset === savedCursor.offset) return;
    try {
      await writeFile(join(this.directory, CURSOR_NAME), JSON.stringify(cursor), { mode: 0o600 });
      this.savedCursor = cursor;
      this.isCursorStale = false;
    } catch (error) {
      // an older cursor only means that batches are sent again, under ids that are known by then
      if (!this.isCursorStale) this.log.error('the place in the spool cannot be saved', error);
      this.isCursorStale = true;
    }
  }

  private async readCursor(): Promise<Cursor> {
    try {
      return Cursor.parse(JSON.parse(await readFile(join(this.directory, CURSOR_NAME), 'utf8')));
    } catch {
      // no cursor, or a torn one: everything that is there is sent again
      return { segment: -1, offset: 0 };
    }
  }

  private pathOf(number: number): string {
    return join(this.directory, `${String(number).padStart(12, '0')}.spool`);
  }

  private inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.turn.then(task);
    this.turn = result.catch(() => undefined);
    return result;
  }
}
