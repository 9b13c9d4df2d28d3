import {
  EvaluatorBucket,
  evaluatorKey,
  type PolicyMemory,
  type ResourceMemory,
} from '@vigil/contracts';
import type { ResourceId } from '@vigil/manifests';
import type { Buckets, KvChange, OrderedSubscription, TypedBucket } from '@vigil/messaging';
import { describeError, type Log } from '@vigil/service';
import { parseMemoryKey } from './memory-key.js';

type Values = typeof EvaluatorBucket.values;

/** Writes under way at once. */
const CONCURRENT_WRITES = 16;

/**
 * What the evaluator remembers, in memory and in its bucket. Reading is immediate; writing happens
 * behind, the newest value of each key only. A write that fails is repeated by {@link flush}.
 */
export class EvaluatorMemory {
  private readonly resources = new Map<ResourceId, ResourceMemory>();
  private readonly policies = new Map<ResourceId, PolicyMemory>();
  private readonly dirty = new Set<string>();
  private readonly writing = new Map<string, Promise<void>>();
  private readonly bucket: TypedBucket<Values>;
  private isLoaded = false;

  constructor(
    buckets: Buckets,
    private readonly log: Log,
  ) {
    this.bucket = buckets.open(EvaluatorBucket);
  }

  /** Reads what is there, once. A bucket that loses its data later is written again. */
  load(onLoaded: () => void): OrderedSubscription {
    return this.bucket.watch({
      onChange: (change) => {
        if (!this.isLoaded) this.take(change);
      },
      onReady: () => {
        if (this.isLoaded) return;
        this.isLoaded = true;
        onLoaded();
      },
      onReset: () => {
        for (const id of this.resources.keys()) this.dirty.add(evaluatorKey.resource(id));
        for (const id of this.policies.keys()) this.dirty.add(evaluatorKey.policy(id));
        this.flush();
      },
    });
  }

  /** True when nothing at all was remembered. */
  isEmpty(): boolean {
    return this.resources.size === 0 && this.policies.size === 0;
  }

  /** Takes over what is known from elsewhere, where nothing is remembered. */
  recall(memory: ResourceMemory | undefined): void {
    if (memory === undefined || this.resources.has(memory.resource)) return;
    this.resources.set(memory.resource, memory);
  }

  openDriftIds(): ReadonlySet<string> {
    const open = [...this.resources.values()].flatMap((memory) => memory.open);
    return new Set(open.map(({ record }) => record.id));
  }

  firingAlertIds(): ReadonlySet<string> {
    const alerts = [...this.policies.values()].flatMap((memory) => memory.alerts);
    return new Set(alerts.flatMap(({ record }) => (record === undefined ? [] : [record.id])));
  }

  resource(id: ResourceId): ResourceMemory | undefined {
    return this.resources.get(id);
  }

  rememberedResources(): IterableIterator<ResourceId> {
    return this.resources.keys();
  }

  policy(id: ResourceId): PolicyMemory | undefined {
    return this.policies.get(id);
  }

  rememberedPolicies(): IterableIterator<ResourceId> {
    return this.policies.keys();
  }

  rememberResource(id: ResourceId, memory: ResourceMemory | undefined): void {
    if (this.resources.get(id) === memory) return;
    assign(this.resources, id, memory);
    this.dirty.add(evaluatorKey.resource(id));
    this.flush();
  }

  rememberPolicy(id: ResourceId, memory: PolicyMemory | undefined): void {
    if (this.policies.get(id) === memory) return;
    assign(this.policies, id, memory);
    this.dirty.add(evaluatorKey.policy(id));
    this.flush();
  }

  /** Writes what is not written yet. */
  flush(): void {
    for (const key of this.dirty) {
      if (this.writing.size >= CONCURRENT_WRITES) return;
      if (this.writing.has(key)) continue;
      this.dirty.delete(key);
      this.writing.set(key, this.write(key));
    }
  }

  /** Waits until what is being written is written, or has failed. */
  async settled(): Promise<void> {
    while (this.writing.size > 0) await Promise.all(this.writing.values());
  }

  private async write(key: string): Promise<void> {
    let isWritten = false;
    try {
      await this.writeNow(key);
      isWritten = true;
    } catch (error) {
      this.dirty.add(key);
      this.log.debug('memory is written later', { entry: key, reason: describeError(error) });
    } finally {
      this.writing.delete(key);
    }
    // after a failure the next flush tries again, not this one: NATS may be away
    if (isWritten) this.flush();
  }

  private async writeNow(key: string): Promise<void> {
    const id = parseMemoryKey(key);
    if (id === undefined) return;
    if (key.startsWith('resource.')) {
      const keys = this.bucket.keys('resource');
      const memory = this.resources.get(id);
      await (memory === undefined ? keys.delete(key) : keys.put(key, memory));
    } else {
      const keys = this.bucket.keys('policy');
      const memory = this.policies.get(id);
      await (memory === undefined ? keys.delete(key) : keys.put(key, memory));
    }
  }

  private take(change: KvChange<Values>): void {
    if (change.kind === 'delete') {
      const id = parseMemoryKey(change.key);
      if (id === undefined) return;
      if (change.prefix === 'resource') this.resources.delete(id);
      else this.policies.delete(id);
      return;
    }
    if (change.prefix === 'resource') this.resources.set(change.value.resource, change.value);
    else this.policies.set(change.value.policy, change.value);
  }
}

function assign<Value>(
  map: Map<ResourceId, Value>,
  id: ResourceId,
  value: Value | undefined,
): void {
  if (value === undefined) map.delete(id);
  else map.set(id, value);
}
