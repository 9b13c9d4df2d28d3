import { nuid } from '@nats-io/nats-core';
import { describeError, pause, type Log } from '@vigil/service';
import type { z } from 'zod';
import { WrongRevision } from '../errors.js';
import { fencingToken } from './fencing-token.js';
import type { KeySpace } from './key-space.js';

export interface LockOptions<Value> {
  /** Lifetime of a value in the bucket: how long a lock outlives a holder that died. */
  readonly ttlMs: number;
  /** How often the value is written again; a third of the lifetime. */
  readonly renewalMs: number;
  /**
   * True for a value that this owner wrote before it crashed: the lock is taken back at once. There
   * must be only one process at a time that can be this owner.
   */
  readonly isMine: (value: Value) => boolean;
  readonly log: Log;
}

/** `held`: somebody else has it. */
export type LockOutcome<Value> =
  | { readonly outcome: 'acquired'; readonly lock: HeldLock }
  | { readonly outcome: 'held'; readonly by: Value; readonly revision: number };

/**
 * Takes the lock of a key, or takes it back. Never waits for another holder.
 * @throws NatsUnavailable, PublishTimeout: then it is unknown who holds it, and nobody may act
 */
export async function acquireLock<Schema extends z.ZodType>(
  space: KeySpace<Schema>,
  key: string,
  value: z.input<Schema>,
  options: LockOptions<z.output<Schema>>,
): Promise<LockOutcome<z.output<Schema>>> {
  // beside the write: it takes as long, and says nothing about whether the lock is free
  const creation = space.createdAt();
  creation.catch(() => undefined);
  for (;;) {
    // before the write is sent: the server's lifetime of the value begins later than ours
    const sentAt = performance.now();
    const revision = await attempt(() => space.create(key, value));
    if (revision !== undefined) return held(revision, sentAt);
    const present = await space.get(key);
    if (present === undefined) continue; // it was released or has expired in between
    if (!options.isMine(present.value)) {
      return { outcome: 'held', by: present.value, revision: present.revision };
    }
    const retaken = await attempt(() => space.update(key, value, present.revision));
    if (retaken !== undefined) return held(retaken, sentAt);
  }

  async function held(revision: number, sentAt: number): Promise<LockOutcome<z.output<Schema>>> {
    // when that fails nobody renews the lock, and it expires
    const acquisition = { revision, sentAt, bucketCreatedAt: await creation };
    return { outcome: 'acquired', lock: new HeldLock(space, key, value, acquisition, options) };
  }
}

/** The revision; undefined when somebody else was faster. */
async function attempt(write: () => Promise<number>): Promise<number | undefined> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof WrongRevision) return undefined;
    throw error;
  }
}

/** Part of the lifetime after which an unrenewed lock counts as lost; the rest is for slow clocks. */
const SAFE_PART = 0.9;
const RENEWAL_RETRY_MS = 250;

/** A lock that this process holds and renews until it is released or lost. */
export class HeldLock {
  /** Greater than that of every earlier holder of the key. */
  readonly fencingToken: number;
  private readonly losing = new AbortController();
  private readonly ending = new AbortController();
  private revision: number;
  private renewedAt: number;
  private readonly renewing: Promise<void>;

  constructor(
    private readonly space: KeySpace<z.ZodType>,
    readonly key: string,
    private readonly value: unknown,
    acquisition: {
      readonly revision: number;
      readonly sentAt: number;
      readonly bucketCreatedAt: number;
    },
    private readonly options: Pick<LockOptions<never>, 'ttlMs' | 'renewalMs' | 'log'>,
  ) {
    this.fencingToken = fencingToken(acquisition.bucketCreatedAt, acquisition.revision);
    this.revision = acquisition.revision;
    this.renewedAt = acquisition.sentAt;
    this.renewing = this.renewForever();
  }

  /** Aborted as soon as somebody else may hold the lock: nothing may be done under it any more. */
  get lost(): AbortSignal {
    return this.losing.signal;
  }

  /** Gives the lock back; does nothing when it is lost. Never rejects: an unreleased lock expires. */
  async release(): Promise<void> {
    if (this.ending.signal.aborted) return;
    this.ending.abort();
    await this.renewing;
    if (this.losing.signal.aborted) return;
    try {
      await this.space.delete(this.key, this.revision);
    } catch (error) {
      if (error instanceof WrongRevision) return;
      this.options.log.warn('a lock was not released, it will expire', {
        lock: this.key,
        reason: describeError(error, 200),
      });
    }
  }

  private async renewForever(): Promise<void> {
    const { renewalMs } = this.options;
    while (await pause(renewalMs, this.ending.signal)) {
      if (!(await this.renew())) return;
    }
  }

  /** False when the lock is lost. Retries until the lifetime is nearly over. */
  private async renew(): Promise<boolean> {
    // one id for all attempts: a renewal whose acknowledgement was lost must not look like a stranger's
    const messageId = nuid.next();
    const deadline = this.renewedAt + this.options.ttlMs * SAFE_PART;
    do {
      const sentAt = performance.now();
      try {
        const write = this.space.update(this.key, this.value, this.revision, { messageId });
        this.revision = await before(deadline, write);
        this.renewedAt = sentAt;
        return true;
      } catch (error) {
        if (error instanceof WrongRevision) return this.lose('somebody else wrote it');
      }
    } while (
      performance.now() + RENEWAL_RETRY_MS < deadline &&
      (await pause(RENEWAL_RETRY_MS, this.ending.signal))
    );
    // released meanwhile: whatever became of this renewal, the release settles it
    if (this.ending.signal.aborted) return false;
    return this.lose('it could not be renewed in time');
  }

  private lose(reason: string): false {
    this.options.log.warn('a lock was lost', { lock: this.key, reason });
    this.losing.abort(new Error(`the lock ${this.key} was lost: ${reason}`));
    return false;
  }
}

/** The result, or a rejection at the deadline (`performance.now()`). */
async function before<Result>(deadline: number, work: Promise<Result>): Promise<Result> {
  const over = new AbortController();
  const timeout = pause(Math.max(0, deadline - performance.now()), over.signal).then((late) => {
    if (late) throw new Error('the deadline has passed');
    return work;
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    over.abort();
    timeout.catch(() => undefined);
  }
}
