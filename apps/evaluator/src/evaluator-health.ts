import { Injectable } from '@nestjs/common';
import { HealthRegistry, type ComponentHealth } from '@vigil/service';
import { Database } from '@vigil/storage';
import { Evaluator } from './evaluator.js';

/** What the evaluator says about itself: whether it knows enough to judge, and can write what it finds. */
@Injectable()
export class EvaluatorHealth {
  constructor(
    health: HealthRegistry,
    private readonly evaluator: Evaluator,
    private readonly database: Database,
  ) {
    health.register('state', () => this.state(), { gatesReadiness: true });
    health.register('postgres', () => this.postgres());
  }

  private state(): ComponentHealth {
    if (!this.evaluator.isLoaded()) {
      return { status: 'down', detail: `loading: ${this.evaluator.waitsFor().join(', ')}` };
    }
    const { controls, desired } = this.evaluator.knowledge;
    const sources = desired.unknownSources();
    const unknown = [
      ...(controls.areKnown ? [] : ['what people have stopped (the collector restores it)']),
      ...(desired.areOverridesKnown ? [] : ['overrides (the remediator restores them)']),
      ...(sources.length === 0 ? [] : [`desired state of ${sources.join(', ')}`]),
    ];
    if (unknown.length === 0) return { status: 'ok' };
    return { status: 'degraded', detail: `unknown: ${unknown.join('; ')}` };
  }

  /** Healing does not need it; what is found is projected when it is back. */
  private postgres(): ComponentHealth {
    const problem = this.database.problem();
    return problem === undefined ? { status: 'ok' } : { status: 'degraded', detail: problem };
  }
}
