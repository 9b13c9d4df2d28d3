import { KeyDirectory, type KnownKey } from '@vigil/auth';
import type { AgentAdmission } from '@vigil/contracts';

/** Removed keys that are remembered, so that late news of them changes nothing. */
const MAX_REMOVED = 10_000;

/**
 * The enrolled agents, in memory: whose key is whose, and the labels of each host. Fed from the
 * database and from the bucket `access`, so that it is complete while either of the two is away.
 */
export class AgentRegistry extends KeyDirectory {
  private readonly byHost = new Map<string, AgentAdmission>();
  private readonly byHash = new Map<string, AgentAdmission>();
  private readonly removedKeys = new Set<string>();
  private readonly removalListeners = new Set<(host: string, keyId: string) => void>();
  private changes = 0;

  /** Grows with every change. */
  get version(): number {
    return this.changes;
  }

  find(hash: Buffer): Promise<KnownKey | undefined> {
    const admission = this.byHash.get(hash.toString('hex'));
    return Promise.resolve(admission === undefined ? undefined : toKnownKey(admission));
  }

  /** Labels from enrolment; none for a source that is no enrolled host. */
  labelsOf(source: string): Readonly<Record<string, string>> {
    return this.byHost.get(source)?.labels ?? {};
  }

  has(host: string): boolean {
    return this.byHost.has(host);
  }

  hosts(): string[] {
    return [...this.byHost.keys()].sort();
  }

  admissions(): AgentAdmission[] {
    return [...this.byHost.values()];
  }

  /** Takes an agent in, or its new key. A key that was removed never comes back. */
  admit(admission: AgentAdmission): void {
    if (this.removedKeys.has(admission.keyId)) return;
    const known = this.byHost.get(admission.host);
    if (known?.keyId === admission.keyId && known.labels === admission.labels) return;
    // news of an older enrolment of the host, on its way while it was enrolled again
    if (known !== undefined && known.enrolledAt > admission.enrolledAt) return;
    if (known !== undefined && known.keyId !== admission.keyId)
      this.remove(admission.host, known.keyId);
    this.byHost.set(admission.host, admission);
    this.byHash.set(admission.keyHash, admission);
    this.changes += 1;
  }

  /** Takes the agent out. With a key only when that is still its key. */
  remove(host: string, keyId?: string): void {
    const known = this.byHost.get(host);
    if (known === undefined || (keyId !== undefined && known.keyId !== keyId)) return;
    this.byHost.delete(host);
    this.byHash.delete(known.keyHash);
    this.rememberRemoved(known.keyId);
    this.changes += 1;
    for (const listener of this.removalListeners) listener(host, known.keyId);
  }

  /** Replaces everything by what the database says. */
  replace(admissions: readonly AgentAdmission[]): void {
    const hosts = new Map(admissions.map((admission) => [admission.host, admission]));
    for (const { host, keyId } of this.admissions()) {
      if (hosts.get(host)?.keyId !== keyId) this.remove(host, keyId);
    }
    for (const admission of admissions) this.admit(admission);
  }

  /** Calls back when an agent is taken out, or gets another key. */
  onRemoved(listener: (host: string, keyId: string) => void): void {
    this.removalListeners.add(listener);
  }

  private rememberRemoved(keyId: string): void {
    this.removedKeys.add(keyId);
    if (this.removedKeys.size <= MAX_REMOVED) return;
    const [oldest] = this.removedKeys;
    if (oldest !== undefined) this.removedKeys.delete(oldest);
  }
}

function toKnownKey({ host, keyId, keyHash }: AgentAdmission): KnownKey {
  return {
    principal: { keyId, name: `agent ${host}`, role: 'agent', host },
    hash: Buffer.from(keyHash, 'hex'),
  };
}
