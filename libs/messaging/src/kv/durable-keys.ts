import type { RestoredMark } from '@vigil/contracts';
import { describeError, dispositionOf, type Clock, type Log } from '@vigil/service';
import type { z } from 'zod';
import type { OrderedSubscription } from '../read/ordered-reader.js';
import type { KvChange, TypedBucket } from './buckets.js';
import { isReadable, read, writeOver, type KeptKeys } from './kept-keys.js';
import type { KeySpace } from './key-space.js';
import { saveInTime, WriteRefused, type LastingCopy } from './lasting-copy.js';

type Schemas = Record<string, z.ZodType>;

export interface DurableKeysOptions<Values extends Schemas, Value> {
  readonly bucket: TypedBucket<Values>;
  /** The value that a change wrote, if it is one of those that are kept. */
  readonly valueOf: (change: KvChange<Values>) => Value | undefined;
  readonly keysFor: (key: string) => KeptKeys<Value>;
  /** Unix ms that grow with every change of a key: of two values the later one holds. */
  readonly changedAt: (value: Value) => number;
  /** A value that has ended by its own time is not put back. */
  readonly hasExpired: (value: Value) => boolean;
  readonly marks: KeySpace<typeof RestoredMark>;
  /** Key of the mark, and the name of the service that owns it. */
  readonly mark: { readonly key: string; readonly by: string };
  readonly copy: LastingCopy<Value>;
  /** Something newer is known of a key. */
  readonly onChange?: (key: string) => void;
  /** Whether everything that was ever kept is known. */
  readonly onKnown?: (isKnown: boolean) => void;
  /** The bucket and the database were compared for the first time. */
  readonly onCompared?: () => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** How far a write has got. */
export interface Written {
  /** It is in the bucket: everybody learns it at once. */
  readonly inBucket: boolean;
  /** It is in the database: it survives the loss of the bucket. */
  readonly inCopy: boolean;
}

const RETRY_MS = 1_000;
/** Both sides are compared at least this often. */
const COMPARE_EVERY_MS = 3_600_000;

/**
 * Values that live in a bucket and in a database. The bucket is the fast way to everybody; the
 * database remembers what a NATS that lost its data does not. Of a key the newest value holds,
 * wherever it is found: in the bucket, in the database, or in this process. What is older is
 * overwritten, and nothing is ever deleted, so that no order of outages brings an old value back.
 */
export class DurableKeys<Values extends Schemas, Value> {
  private readonly values = new Map<string, Value>();
  /** Keys of which the bucket may hold less than is known here. */
  private readonly behind = new Set<string>();
  /** Keys of which the database may hold less than is known here. */
  private readonly unsaved = new Set<string>();
  private isToCompare = true;
  private isWhole = false;
  private hasCompared = false;
  private watch: OrderedSubscription | undefined;
  private stopWatchingCopy: (() => void) | undefined;
  private working: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private failures = 0;
  private isStopped = false;

  constructor(private readonly options: DurableKeysOptions<Values, Value>) {}

  start(): void {
    const { bucket, copy, mark, onKnown, valueOf } = this.options;
    this.watch = bucket.watch({
      onChange: (change) => {
        if (change.kind === 'delete') {
          // nobody ends anything by deleting it
          if (this.values.has(change.key)) this.markBehind(change.key);
          return;
        }
        const value = valueOf(change);
        if (value !== undefined) this.take(change.key, value);
      },
      onReset: (reason) => {
        if (reason !== 'stream-lost') return;
        for (const key of this.values.keys()) this.behind.add(key);
        this.compare();
      },
      whole: {
        mark: mark.key,
        onChange: (isWhole) => {
          this.isWhole = isWhole;
          if (!isWhole) this.compare();
          onKnown?.(isWhole);
        },
      },
    });
    this.stopWatchingCopy = copy.onUp(() => this.compare());
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    this.stopWatchingCopy?.();
    await this.watch?.stop();
    await this.working;
  }

  /** False while values may be missing here: the bucket is new or lost, and not restored yet. */
  get isKnown(): boolean {
    return this.isWhole;
  }

  /** Resolves when what was in the bucket at the start has been read. */
  async untilRead(): Promise<void> {
    await this.watch?.caughtUp;
  }

  /** True once the bucket was compared with the database. */
  get isCompared(): boolean {
    return this.hasCompared;
  }

  /** How many values the database does not have yet. */
  get unsavedCount(): number {
    return this.unsaved.size;
  }

  get(key: string): Value | undefined {
    return this.values.get(key);
  }

  entries(): IterableIterator<[string, Value]> {
    return this.values.entries();
  }

  /** Compares both sides as soon as possible: one of them may have come back with less. */
  private compare(): void {
    this.isToCompare = true;
    this.schedule(0);
  }

  /**
   * Changes a value in the bucket, by compare-and-set; the database follows. `decide` makes the new
   * value of the newest one, whose time it has to exceed; undefined leaves it.
   * @throws NatsUnavailable, WrongRevision when others keep changing it
   */
  async change(key: string, decide: (present: Value | undefined) => Value | undefined) {
    const value = await this.writeToBucket(key, decide);
    if (value !== undefined) this.take(key, value);
  }

  /**
   * Changes a value wherever that is possible now, and everywhere else as soon as it is.
   * @throws WriteRefused when both sides are away: then nothing has changed
   */
  async record(key: string, decide: (present: Value | undefined) => Value): Promise<Written> {
    const written = await attempt(() => this.writeToBucket(key, decide), isTemporary);
    const value = written.result ?? decide(this.values.get(key));
    const saved = await attempt(() => saveInTime(this.options.copy, key, value));
    const inBucket = written.error === undefined;
    const inCopy = saved.error === undefined;
    if (!inBucket && !inCopy) {
      const reason = describeError(written.error, 200);
      throw new WriteRefused(`neither NATS nor PostgreSQL took it: ${reason}`, {
        cause: written.error,
      });
    }
    if (!inBucket) this.behind.add(key);
    this.take(key, value);
    if (inCopy && this.values.get(key) === value) this.unsaved.delete(key);
    if (!inBucket) this.schedule(RETRY_MS);
    return { inBucket, inCopy };
  }

  /** Takes in what was read or written somewhere. */
  private take(key: string, value: Value): void {
    const order = this.compareTimes(value, this.values.get(key));
    if (order < 0) {
      this.markBehind(key);
      return;
    }
    if (order === 0) return;
    this.values.set(key, value);
    this.unsaved.add(key);
    this.options.onChange?.(key);
    this.schedule(0);
  }

  private compareTimes(a: Value, b: Value | undefined): number {
    const { changedAt } = this.options;
    return b === undefined ? 1 : changedAt(a) - changedAt(b);
  }

  private markBehind(key: string): void {
    this.behind.add(key);
    this.schedule(0);
  }

  private schedule(delayMs: number): void {
    if (this.isStopped || this.working !== undefined) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (delayMs === COMPARE_EVERY_MS) this.isToCompare = true;
      this.working = this.work().finally(() => {
        this.working = undefined;
        this.schedule(this.nextDelay());
      });
    }, delayMs);
  }

  private nextDelay(): number {
    if (this.failures > 0) return RETRY_MS;
    const isBehind = this.isToCompare || this.behind.size > 0 || this.unsaved.size > 0;
    return isBehind ? 0 : COMPARE_EVERY_MS;
  }

  /** Each step as far as it gets: one side may be away while the other is not. */
  private async work(): Promise<void> {
    const steps = [
      () => this.putBack(),
      () => this.save(),
      () => (this.isToCompare ? this.compareNow() : Promise.resolve()),
    ];
    const problems: unknown[] = [];
    for (const step of steps) await step().catch((error: unknown) => problems.push(error));
    this.failures = problems.length === 0 ? 0 : this.failures + 1;
    // the first seconds of a start or an outage are no news, and a night of it is not a million lines
    if (this.failures < 4 || !Number.isInteger(Math.log2(this.failures))) return;
    for (const problem of problems) this.report(problem);
  }

  private report(problem: unknown): void {
    const { log, mark } = this.options;
    const what = { owner: mark.by, unsaved: this.unsaved.size, missing: this.behind.size };
    if (dispositionOf(problem) === 'retry') {
      const reason = describeError(problem, 200);
      log.warn('what people have set is kept in one place only', { ...what, reason });
    } else log.error('what people have set cannot be kept', problem, what);
  }

  /** Brings both sides to the newest values, then says so in the bucket. */
  private async compareNow(): Promise<void> {
    const { copy, marks, mark, clock } = this.options;
    const bucketCreatedAt = await marks.createdAt();
    // from here on a reset calls for another comparison
    this.isToCompare = false;
    try {
      const recorded = await copy.load();
      for (const [key, value] of recorded) this.takeRecorded(key, value);
      for (const [key, value] of this.values) {
        if (this.compareTimes(value, recorded.get(key)) > 0) this.unsaved.add(key);
        // a bucket without the mark may be another one than the watch has read
        if (!this.isWhole) this.behind.add(key);
      }
      await this.putBack();
      if (!this.isWhole) {
        await marks.put(mark.key, { by: mark.by, at: clock.now(), bucketCreatedAt });
      }
      this.markCompared();
      await this.save();
    } catch (error) {
      this.isToCompare = true;
      throw error;
    }
  }

  private markCompared(): void {
    if (this.hasCompared) return;
    this.hasCompared = true;
    this.options.onCompared?.();
  }

  private takeRecorded(key: string, value: Value): void {
    if (this.compareTimes(value, this.values.get(key)) <= 0) return;
    this.values.set(key, value);
    this.behind.add(key);
    this.options.onChange?.(key);
  }

  private async save(): Promise<void> {
    const batch = new Map<string, Value>();
    for (const key of this.unsaved) {
      const value = this.values.get(key);
      if (value !== undefined) batch.set(key, value);
    }
    if (batch.size > 0) await this.options.copy.save(batch);
    for (const [key, value] of batch) {
      if (this.values.get(key) === value) this.unsaved.delete(key);
    }
  }

  private async putBack(): Promise<void> {
    let written = 0;
    for (const key of [...this.behind]) {
      const value = this.values.get(key);
      if (value !== undefined && (await this.putBackOne(key, value))) written += 1;
      if (this.values.get(key) === value) this.behind.delete(key);
    }
    if (written === 0) return;
    const { log, mark } = this.options;
    log.warn('put back into NATS what it did not have', { owner: mark.by, values: written });
  }

  /** True when the bucket held less. */
  private async putBackOne(key: string, value: Value): Promise<boolean> {
    const keys = this.options.keysFor(key);
    for (let attempts = 1; ; attempts += 1) {
      const present = await read(keys, key);
      if (present === undefined && this.options.hasExpired(value)) return false;
      if (isReadable(present) && this.compareTimes(value, present.value) <= 0) {
        this.take(key, present.value);
        return false;
      }
      if (await writeOver(keys, key, value, present, attempts)) return true;
    }
  }

  private async writeToBucket<Decided extends Value | undefined>(
    key: string,
    decide: (present: Value | undefined) => Decided,
  ): Promise<Decided> {
    const keys = this.options.keysFor(key);
    for (let attempts = 1; ; attempts += 1) {
      const present = await read(keys, key);
      const known = this.values.get(key);
      const stored = isReadable(present) ? present.value : undefined;
      const isNewer = known !== undefined && this.compareTimes(known, stored) > 0;
      const value = decide(isNewer ? known : stored);
      if (value === undefined) return value;
      if (await writeOver(keys, key, value, present, attempts)) return value;
    }
  }
}

interface Attempt<Result> {
  readonly result?: Result;
  readonly error?: unknown;
}

/** Errors that are tolerated are returned. */
async function attempt<Result>(
  work: () => Promise<Result>,
  tolerates: (error: unknown) => boolean = () => true,
): Promise<Attempt<Result>> {
  try {
    return { result: await work() };
  } catch (error) {
    if (!tolerates(error)) throw error;
    return { error };
  }
}

function isTemporary(error: unknown): boolean {
  return dispositionOf(error) === 'retry';
}
