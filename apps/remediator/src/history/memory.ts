import { Injectable } from '@nestjs/common';
import { EndedAlerts, type AlertsState } from '../alerts/ended-alerts.js';
import type { ActionView } from '../action/action-view.js';
import { Clock } from '@vigil/service';
import { ActionRegistry } from '../log/action-registry.js';
import type { ActionTrace } from './action-trace.js';
import { historyNeededMs } from './history-needed.js';
import { OlderActions } from './older-actions.js';

/** What is remembered of the past that concerns an action. */
@Injectable()
export class Memory {
  constructor(
    private readonly registry: ActionRegistry,
    private readonly older: OlderActions,
    private readonly alerts: EndedAlerts,
    private readonly clock: Clock,
  ) {}

  /** Resolves when all that has to be known of earlier actions is known, or the signal ended the wait. */
  async recall({ request }: ActionView, signal: AbortSignal): Promise<void> {
    await this.older.reach(historyNeededMs(request), signal);
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
