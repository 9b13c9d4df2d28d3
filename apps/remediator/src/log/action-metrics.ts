import { Injectable } from '@nestjs/common';
import { DURATION_BUCKETS_SECONDS, Metrics } from '@vigil/service';
import { isFinished, type ActionView } from '../action/action-view.js';
import { ActionRegistry } from './action-registry.js';

/** What the remediator measures of the actions that it drives. */
@Injectable()
export class ActionMetrics {
  private readonly ended;
  private readonly reaction;
  private readonly duration;

  constructor(metrics: Metrics, registry: ActionRegistry) {
    this.ended = metrics.counter({
      name: 'vigil_actions_total',
      help: 'Actions that have ended, and the gate that stopped them.',
      labels: ['action', 'status', 'gate'],
    });
    this.reaction = metrics.histogram({
      name: 'vigil_action_reaction_seconds',
      help: 'From the record of a request to its first operation.',
      labels: ['action'],
      buckets: DURATION_BUCKETS_SECONDS,
    });
    this.duration = metrics.histogram({
      name: 'vigil_action_seconds',
      help: 'From the record of a request to its end, for actions that have acted.',
      labels: ['action', 'status'],
      buckets: [...DURATION_BUCKETS_SECONDS, 30, 60, 300, 900],
    });
    metrics.gauge({
      name: 'vigil_actions_unfinished',
      help: 'Actions that have not ended, those that wait for approval included.',
      collect: () => registry.all().length,
    });
  }

  /** An entry of ours has been acknowledged; `view` includes it. */
  written(view: ActionView, kind: string): void {
    const { action } = view.request;
    const seconds = (view.updatedAt - view.loggedAt) / 1000;
    if (kind === 'operation-issued' && view.operations.length === 1) {
      this.reaction.observe({ action }, seconds);
    }
    if (!isFinished(view)) return;
    const { state: status, reason, operations } = view;
    this.ended.inc({ action, status, gate: reason?.gate ?? '' });
    if (operations.length > 0) this.duration.observe({ action, status }, seconds);
  }
}
