import { Injectable } from '@nestjs/common';
import { EndedAlerts, type AlertsState } from '../alerts/ended-alerts.js';
import { kindOf } from '../action/action-kind.js';
import type { ActionView } from '../action/action-view.js';
import { Clock } from '@vigil/service';
import { ActionRegistry } from '../log/action-registry.js';
import type { ActionTrace } from './action-trace.js';
import { historyNeededMs } from './history-needed.js';
import { OlderActions } from './older-actions.js';
import { RecalledActions } from './recalled-actions.js';

/** What is remembered of the past that concerns an action. */
@Injectable()
export class Memory {
  constructor(
    private readonly registry: ActionRegistry,
    private readonly older: OlderActions,
    private readonly recalled: RecalledActions,
    private readonly alerts: EndedAlerts,
    private readonly clock: Clock,
  ) {}

  /** Resolves when all that has to be known of earlier actions is known, or the signal ended the wait. */
  async recall({ request }: ActionView, signal: AbortSignal): Promise<void> {
    const neededMs = historyNeededMs(request);
    await this.older.reach(neededMs, signal);
    // nothing that a person asks for depends on it
    if (kindOf(request) !== 'operator') await this.recalled.reach(request.resource, neededMs);
  }

  /** Since when everything is known that was done to the resource, Unix ms. */
  knownSince({ request }: ActionView): number {
    return this.registry.history.knownSince(request.resource);
  }

  /** Other actions of the resource, as far back as the manifest wants it. */
  earlierActions({ request }: ActionView): readonly ActionTrace[] {
    const { resource, actionId } = request;
    const since = this.clock.now() - historyNeededMs(request);
    return this.registry.history.of(resource, since, actionId);
  }

  /** Whether the alerts that asked for the action still fire. */
  alertsOf({ request, queuedAt }: ActionView): AlertsState {
    const ids = request.causes.flatMap((cause) => (cause.kind === 'policy' ? cause.alertId : []));
    return this.alerts.stateOf(ids, queuedAt);
  }
}
