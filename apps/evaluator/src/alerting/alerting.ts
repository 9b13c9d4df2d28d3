import type { ResourceId } from '@vigil/manifests';
import { SeriesStore } from '@vigil/policy';
import { AlertBook } from './alert-book.js';
import { DirtySources } from './dirty-sources.js';
import { PolicySet } from './policy-set.js';
import type { FiringPolicy } from './policy-intentions.js';

/** Everything about policies that is held in memory. */
export class Alerting {
  readonly policies = new PolicySet();
  readonly book = new AlertBook();
  readonly series = new SeriesStore();
  readonly dirty = new DirtySources();
  /** When an action last changed each resource, by its host's clock. */
  private readonly restarts = new Map<ResourceId, number>();

  /** What asks for an action on the resource now. */
  firingFor(resource: ResourceId): readonly FiringPolicy[] {
    return this.book.acting(resource).flatMap(({ policy: id, groups }) => {
      const policy = this.policies.policy(id);
      if (policy === undefined) return [];
      return groups.flatMap(({ record }) =>
        record === undefined ? [] : [{ policy, alert: record }],
      );
    });
  }

  /**
   * An action changed the resource: its windows begin anew, and what its alerts said counts no more
   * until there is new evidence.
   */
  restartWindows(resource: ResourceId, at: number): readonly ResourceId[] {
    this.restarts.set(resource, Math.max(at, this.restarts.get(resource) ?? 0));
    this.series.restart({ resource }, at);
    return this.book.doubt(resource);
  }

  /** Applies every restart again, to series that were read anew. */
  repeatRestarts(): void {
    for (const [resource, at] of this.restarts) this.series.restart({ resource }, at);
  }

  /** Forgets what nothing can ask for again. */
  sweep(now: number): void {
    this.series.sweep(now);
    for (const [resource, at] of this.restarts) {
      if (now - at > RESTART_MEMORY_MS) this.restarts.delete(resource);
    }
  }
}

/** Longer than any sample is read again from the stream. */
const RESTART_MEMORY_MS = 4 * 3_600_000;
