import { resourceIdParts, type Mode, type ResourceId } from '@vigil/manifests';
import type { Bus } from '@vigil/messaging';
import type { Clock } from '@vigil/service';
import type { Alerting } from '../alerting/alerting.js';
import { evaluateHost } from '../fleet/evaluate-host.js';
import type { Knowledge } from '../knowledge.js';
import type { EvaluatorMemory } from '../memory/evaluator-memory.js';
import { buildSituation } from './build-situation.js';
import { evaluateResource, type Evaluation } from './evaluate-resource.js';
import { publishEvaluation } from './publish-evaluation.js';

/**
 * Evaluates one resource against everything known, publishes what follows, and only then remembers
 * it: whatever is interrupted in between is decided again, the same way, with the same ids.
 */
export class ResourceEvaluator {
  private readonly since: number;

  constructor(
    private readonly knowledge: Knowledge,
    private readonly memory: EvaluatorMemory,
    private readonly alerting: Alerting,
    private readonly bus: Bus,
    private readonly settings: { readonly clock: Clock; readonly systemMode: Mode },
  ) {
    this.since = settings.clock.now();
  }

  /** Resolves, when everything is acknowledged, with the time at which to look again by itself. */
  async evaluate(resource: ResourceId): Promise<number | undefined> {
    const evaluation = this.judge(resource);
    // before anything is awaited, or the word that it waits for could be missed
    this.knowledge.awaited.wait(resource, evaluation.awaits);
    const { needsWay } = evaluation;
    if (needsWay !== undefined) this.knowledge.awaited.waitForWay(resource, needsWay);
    await publishEvaluation(this.bus, evaluation);
    this.memory.rememberResource(resource, evaluation.memory);
    return evaluation.wakeAt;
  }

  private judge(resource: ResourceId): Evaluation {
    const { clock, systemMode } = this.settings;
    if (resourceIdParts(resource).kind === 'Host') {
      return evaluateHost(this.knowledge, resource, this.memory.resource(resource), clock.now());
    }
    return evaluateResource(
      buildSituation(this.knowledge, {
        resource,
        now: clock.now(),
        memory: this.memory.resource(resource),
        firing: this.alerting.firingFor(resource),
        system: { mode: systemMode, since: this.since },
      }),
    );
  }
}
