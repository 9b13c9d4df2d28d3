import {
  AlertFiring,
  AlertResolved,
  ResourceStatusChanged,
  type AlertRecord,
  type PolicyMemory,
} from '@vigil/contracts';
import type { ResourceId } from '@vigil/manifests';
import type { Bus } from '@vigil/messaging';
import { evaluate, type Labels } from '@vigil/policy';
import type { Clock, Log } from '@vigil/service';
import { publishDecision } from '../drift-detection/publish-evaluation.js';
import { isSameStatus } from '../drift-detection/resource-status.js';
import type { Knowledge } from '../knowledge.js';
import type { EvaluatorMemory } from '../memory/evaluator-memory.js';
import { memoryOfGroup, type AlertGroup } from './alert-group.js';
import type { Alerting } from './alerting.js';
import type { CompiledPolicy } from './compiled-policy.js';
import type { Extent } from './dirty-sources.js';
import { noTargetDecision } from './no-target-decision.js';
import { policyStatus } from './policy-status.js';
import { policyTarget } from './policy-target.js';
import { endGroup, stepPolicy, type PolicyStep } from './step-policy.js';
import { tellPeople } from './tell-people.js';

/** How often a policy is looked at without news: soon while something is pending or firing. */
const PERIOD_MS = { quiet: 10_000, active: 1_000 };

export interface PolicyEvaluatorParts {
  readonly knowledge: Knowledge;
  readonly alerting: Alerting;
  readonly memory: EvaluatorMemory;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Evaluates one policy over the recent samples, publishes what began to fire and what ended, and
 * only then remembers it.
 */
export class PolicyEvaluator {
  private readonly lookedAt = new Map<ResourceId, number>();

  constructor(
    private readonly parts: PolicyEvaluatorParts,
    /** Told of the resources for which what is firing has changed. */
    private readonly onChanged: (resources: Iterable<ResourceId>) => void,
  ) {}

  /** Resolves with the time at which to look again by itself. */
  async evaluate(id: ResourceId): Promise<number | undefined> {
    const { alerting, memory, clock, log } = this.parts;
    const now = clock.now();
    const extent = alerting.dirty.take(id) ?? 'everything';
    try {
      const step = this.step(id, extent, now);
      const status = this.status(id, now);
      await this.publish(step, status);
      // only now: what could not be published is tried again, and people are told once
      for (const alert of step.events) tellPeople(log, alerting.policies.policy(id), alert);
      this.onChanged(alerting.book.replace(id, step.groups));
      memory.rememberPolicy(id, this.remembered(id, step.groups, status));
      if (extent === 'everything') this.lookedAt.set(id, now);
      return this.nextLook(id, step.groups, now);
    } catch (error) {
      // nothing was remembered: the next try has to see the same
      alerting.dirty.addEverything(id);
      throw error;
    }
  }

  private step(id: ResourceId, extent: Extent, now: number): PolicyStep {
    const { alerting, knowledge, memory } = this.parts;
    const groups = alerting.book.groups(id, memory.policy(id));
    const policy = alerting.policies.policy(id);
    if (policy === undefined) {
      const isGone = alerting.policies.outcome(id) === undefined && knowledge.desired.isComplete();
      if (!isGone) return { groups, events: [] };
      return { groups: [], events: groups.flatMap((group) => endGroup(group, now)) };
    }
    if (extent === 'everything' || !isPerSource(policy)) {
      return this.stepOver(policy, groups, undefined, now);
    }
    let step: PolicyStep = { groups, events: [] };
    for (const source of extent) {
      const next = this.stepOver(policy, step.groups, source, now);
      step = { groups: next.groups, events: [...step.events, ...next.events] };
    }
    return step;
  }

  private stepOver(
    policy: CompiledPolicy,
    groups: readonly AlertGroup[],
    source: string | undefined,
    now: number,
  ): PolicyStep {
    const { alerting, knowledge } = this.parts;
    const options = source === undefined ? {} : { source };
    return stepPolicy({
      policy,
      groups,
      evaluation: evaluate(policy.condition, alerting.series, now, options),
      clears: policy.clears && evaluate(policy.clears, alerting.series, now, options),
      concerns: (labels: Labels) => source === undefined || labels['source'] === source,
      isGone: (group) => this.isGone(group),
      targetOf: (labels) => policyTarget(policy, labels, knowledge.desired),
      now,
    });
  }

  /** Every source that the alert rests on was removed, and nobody speaks in its name. */
  private isGone({ labels, record }: AlertGroup): boolean {
    const { alerting, knowledge } = this.parts;
    const { source } = labels;
    const sources =
      source === undefined ? (record?.evidence.map((sample) => sample.source) ?? []) : [source];
    return (
      sources.length > 0 &&
      sources.every(
        (each) => knowledge.removed.has(each) && alerting.series.heartbeat(each) === undefined,
      )
    );
  }

  /** The policy's own status, when it is news. */
  private status(id: ResourceId, now: number): ResourceStatusChanged | undefined {
    const { alerting, knowledge, memory } = this.parts;
    const outcome = alerting.policies.outcome(id);
    if (outcome === undefined && !knowledge.desired.isComplete()) return undefined;
    const declared = knowledge.desired.policies().find((policy) => policy.resource === id);
    const source = { name: declared?.source, digest: declared?.digest };
    const status = policyStatus(id, outcome, source, now);
    const known = memory.policy(id);
    if (known === undefined && status.removed) return undefined;
    return isSameStatus(known?.status, status) ? undefined : status;
  }

  private async publish(
    step: PolicyStep,
    status: ResourceStatusChanged | undefined,
  ): Promise<void> {
    const { bus } = this.parts;
    await Promise.all([
      ...step.events.map((alert) => this.publishAlert(alert)),
      status === undefined
        ? undefined
        : bus.publish(ResourceStatusChanged, status, {
            messageId: `status.${status.resource}.${status.at}`,
          }),
    ]);
  }

  private async publishAlert(alert: AlertRecord): Promise<void> {
    const { bus } = this.parts;
    const { id, correlationId } = alert;
    if (alert.state !== 'firing') {
      await bus.publish(AlertResolved, alert, { messageId: `${id}.resolved`, correlationId });
      return;
    }
    await bus.publish(AlertFiring, alert, { messageId: `${id}.firing`, correlationId });
    if (alert.resource === undefined) await publishDecision(bus, noTargetDecision(alert));
  }

  private remembered(
    id: ResourceId,
    groups: readonly AlertGroup[],
    status: ResourceStatusChanged | undefined,
  ): PolicyMemory | undefined {
    const before = this.parts.memory.policy(id);
    const known = status ?? before?.status;
    if (known?.removed === true) return undefined;
    const next: PolicyMemory = {
      policy: id,
      alerts: groups.flatMap((group) => memoryOfGroup(group) ?? []),
      ...(known === undefined ? {} : { status: known }),
    };
    return JSON.stringify(before) === JSON.stringify(next) ? before : next;
  }

  private nextLook(id: ResourceId, groups: readonly AlertGroup[], now: number): number | undefined {
    if (this.parts.alerting.policies.policy(id) === undefined) {
      this.lookedAt.delete(id);
      return undefined;
    }
    const period = groups.length > 0 ? PERIOD_MS.active : PERIOD_MS.quiet;
    return Math.max(now, (this.lookedAt.get(id) ?? now) + period);
  }
}

function isPerSource({ condition, clears }: CompiledPolicy): boolean {
  return condition.perSource && clears?.perSource !== false;
}
