import type { ActionRequest } from '@vigil/contracts';
import type { HeldLock } from '@vigil/messaging';
import { pause, VigilError } from '@vigil/service';
import type { LockOutcome } from '../gates/gate.js';
import type { ResourceLocks } from './resource-locks.js';

/** The lock was lost, or another action has it: the driver stops and begins anew when it is free. */
export class LockLost extends VigilError {
  readonly code = 'action.lock_lost';
  readonly disposition = 'retry';
}

const RETRY_MS = 200;

/** An action's hold on its resource: taken once, kept until the action has ended. */
export class ActionHold {
  private held: HeldLock | undefined;

  constructor(
    private readonly locks: ResourceLocks,
    private readonly request: Pick<ActionRequest, 'actionId' | 'resource'>,
  ) {}

  /** Takes the lock, waiting for another action to end. */
  async take(waitMs: number, signal: AbortSignal): Promise<LockOutcome> {
    const deadline = performance.now() + waitMs;
    for (let attempt = 0; ; attempt += 1) {
      const token = await this.tryToTake();
      if (typeof token === 'number') {
        return { kind: 'held', fencingToken: token, waited: attempt > 0 };
      }
      const over = performance.now() >= deadline;
      if (over || !(await pause(RETRY_MS, signal))) return { kind: 'busy', heldBy: token };
    }
  }

  /**
   * The fencing token, as long as nobody else can hold the lock.
   * @throws LockLost
   */
  requireToken(): number {
    if (this.held === undefined || this.held.lost.aborted) {
      throw new LockLost(`the lock of ${this.request.resource} is not held`);
    }
    return this.held.fencingToken;
  }

  async release(): Promise<void> {
    const held = this.held;
    this.held = undefined;
    await held?.release();
  }

  /** The fencing token, or the id of the action that holds the lock. */
  private async tryToTake(): Promise<number | string> {
    if (this.held !== undefined && !this.held.lost.aborted) return this.held.fencingToken;
    const outcome = await this.locks.acquire(this.request);
    if (outcome.kind === 'busy') return outcome.heldBy;
    this.held = outcome.lock;
    return outcome.lock.fencingToken;
  }
}
