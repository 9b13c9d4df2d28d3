import type { ResourceId } from '@vigil/manifests';
import type { MetricNeed } from '@vigil/policy';
import type { DeclaredPolicy } from '../desired/desired-state.js';
import { compilePolicy, type CompiledOutcome, type CompiledPolicy } from './compiled-policy.js';

interface Loaded {
  readonly digest: string;
  readonly outcome: CompiledOutcome;
}

/** Every declared policy, its conditions read once per version. */
export class PolicySet {
  private loaded = new Map<ResourceId, Loaded>();
  private readers = new Map<string, ResourceId[]>();

  replace(declared: readonly DeclaredPolicy[]): void {
    const next = new Map<ResourceId, Loaded>();
    for (const policy of declared) {
      const known = this.loaded.get(policy.resource);
      const isKnown = known?.digest === policy.digest && isOf(known.outcome, policy);
      const outcome = isKnown ? known.outcome : compilePolicy(policy);
      next.set(policy.resource, { digest: policy.digest, outcome });
    }
    this.loaded = next;
    this.readers = readersByMetric([...this.working()]);
  }

  outcome(id: ResourceId): CompiledOutcome | undefined {
    return this.loaded.get(id)?.outcome;
  }

  policy(id: ResourceId): CompiledPolicy | undefined {
    const outcome = this.outcome(id);
    return outcome?.ok === true ? outcome.policy : undefined;
  }

  ids(): IterableIterator<ResourceId> {
    return this.loaded.keys();
  }

  /** What has to be kept of which metric. */
  needs(): readonly MetricNeed[] {
    return [...this.working()].flatMap(({ condition, clears }) => [
      ...condition.metrics,
      ...(clears?.metrics ?? []),
    ]);
  }

  /** The policies that read a metric. */
  readersOf(metric: string): readonly ResourceId[] {
    return this.readers.get(metric) ?? [];
  }

  private *working(): Generator<CompiledPolicy> {
    for (const { outcome } of this.loaded.values()) if (outcome.ok) yield outcome.policy;
  }
}

/** The source and its mode are not part of the digest. */
function isOf(outcome: CompiledOutcome, { source, sourceMode }: DeclaredPolicy): boolean {
  if (!outcome.ok) return true;
  const { declared } = outcome.policy;
  return declared.source === source && declared.sourceMode === sourceMode;
}

function readersByMetric(policies: readonly CompiledPolicy[]): Map<string, ResourceId[]> {
  const readers = new Map<string, ResourceId[]>();
  for (const { id, condition, clears } of policies) {
    const metrics = [...condition.metrics, ...(clears?.metrics ?? [])].map(({ metric }) => metric);
    for (const metric of new Set(metrics)) {
      readers.set(metric, [...(readers.get(metric) ?? []), id]);
    }
  }
  return readers;
}
