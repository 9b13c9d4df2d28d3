import type { KeyObject } from 'node:crypto';
import { WakeUp } from '../waiting/wake-up.js';
import { digestOfToken, type Identity } from './identity.js';

/** Who this agent is for its collector; its key may be refused, and replaced, while it runs. */
export class Credentials {
  private refused = false;
  private readonly refusal = new WakeUp();

  constructor(private identity: Identity) {}

  /** The name of this host, for good. */
  get agentId(): string {
    return this.identity.agentId;
  }

  /** The id of the installation that this agent belongs to. */
  get installation(): string {
    return this.identity.instance;
  }

  get key(): string {
    return this.identity.key;
  }

  get commandKey(): KeyObject {
    return this.identity.commandKey;
  }

  /** True for a token that an enrolment has used up. */
  isSpent(token: string): boolean {
    return this.identity.spentToken === digestOfToken(token);
  }

  /** The collector does not know the present key. */
  get isRefused(): boolean {
    return this.refused;
  }

  /** A request with this key was answered with 401. */
  refuse(key: string): void {
    if (key !== this.key) return;
    this.refused = true;
    this.refusal.wake();
  }

  /** A request with this key was let in. */
  accept(key: string): void {
    if (key === this.key) this.refused = false;
  }

  renew(identity: Identity): void {
    this.identity = identity;
    this.refused = false;
  }

  /** Resolves when the present key is refused, or the signal is aborted. */
  async untilRefused(signal: AbortSignal): Promise<void> {
    while (!this.refused && !signal.aborted) {
      this.refusal.reset();
      await this.refusal.wait(signal);
    }
  }
}
