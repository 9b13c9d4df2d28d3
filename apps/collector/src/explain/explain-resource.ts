import { Injectable } from '@nestjs/common';
import type { ManifestView, Obstacle, ResourceExplanation } from '@vigil/contracts';
import type { ResourceId } from '@vigil/manifests';
import type { ActionEntity, DecisionEntity } from '@vigil/storage';
import { reasonView } from '../actions/reason-view.js';
import { ManifestsStore } from '../desired-state/manifests.store.js';
import { instant, optionalInstant, present } from '../http/instant.js';
import { CONTROLS_UNKNOWN } from '../system/controls-health.js';
import { Controls } from '../system/controls.js';
import { ChainStore, type ResourceRows } from './chain.store.js';
import { actionText, tellChain } from './tell-chain.js';

const CHAINS = 5;

/** "Why was this restarted", and "why was this not repaired". */
@Injectable()
export class ExplainResource {
  constructor(
    private readonly chains: ChainStore,
    private readonly manifests: ManifestsStore,
    private readonly controls: Controls,
  ) {}

  /** Undefined when nobody has ever heard of the resource. */
  async explain(resource: ResourceId): Promise<ResourceExplanation | undefined> {
    const rows = await this.chains.newestOf(resource, CHAINS);
    const status = await this.manifests.status(resource);
    if (status === undefined && rows.correlationIds.length === 0) return undefined;
    const chains = [];
    for (const id of rows.correlationIds) chains.push(tellChain(id, await this.chains.chain(id)));
    const obstacles = [
      ...this.unknownSwitches(),
      ...this.switches(resource, status?.source ?? undefined),
      ...obstaclesFrom(rows),
    ];
    return {
      resource,
      summary: summaryOf(resource, rows, obstacles, status),
      status: status ?? null,
      obstacles,
      chains,
    };
  }

  private unknownSwitches(): Obstacle[] {
    const since = this.controls.notKnownSince();
    if (since === undefined) return [];
    return [
      {
        kind: 'control',
        code: 'controls-unknown',
        message: CONTROLS_UNKNOWN,
        since: instant(since),
      },
    ];
  }

  private switches(resource: string, source: string | undefined): Obstacle[] {
    const switches = [
      { code: 'stopped', what: 'stop-the-world holds', control: this.controls.stop() },
      {
        code: 'source-suspended',
        what: `the source ${source ?? ''} is suspended`,
        control: source === undefined ? undefined : this.controls.activeFor('source', source),
      },
      {
        code: 'resource-suspended',
        what: 'the resource is suspended',
        control: this.controls.activeFor('resource', resource),
      },
    ];
    return switches.flatMap(({ code, what, control }) => {
      if (control === undefined) return [];
      const message = `${what} (${control.actor}: ${control.reason})`;
      const until = optionalInstant(control.until);
      return [
        {
          kind: 'control' as const,
          code,
          message,
          since: instant(control.at),
          ...present({ nextAttemptAt: until }),
        },
      ];
    });
  }
}

/** What the newest decision and the newest action say, as long as nothing newer has overtaken them. */
function obstaclesFrom({ action, decision, unresolved, firing }: ResourceRows): Obstacle[] {
  // what is over is in nobody's way
  const current = new Set([...unresolved, ...firing].map(({ correlationId }) => correlationId));
  const obstacles: Obstacle[] = [];
  const isHeld =
    action?.status === 'pending_approval' ||
    (action?.status === 'suppressed' && current.has(action.correlationId));
  if (action !== undefined && isHeld) obstacles.push(obstacleOfAction(action));
  const isOvertaken =
    action !== undefined && decision !== undefined && action.startedAt >= decision.at;
  if (decision?.outcome === 'none' && !isOvertaken && current.has(decision.correlationId)) {
    obstacles.push(obstacleOfDecision(decision));
  }
  return obstacles;
}

function obstacleOfAction(action: ActionEntity): Obstacle {
  const reason = reasonView(action.reason);
  const pending = action.status === 'pending_approval';
  return {
    kind: pending ? 'pending-approval' : 'suppressed',
    code: reason?.code ?? action.status,
    message: reason?.message ?? actionText(action),
    since: instant(action.updatedAt),
    actionId: action.id,
    correlationId: action.correlationId,
    ...present({
      gate: reason?.gate,
      nextAttemptAt: optionalInstant(action.nextAttemptAt) ?? reason?.nextAttemptAt,
    }),
  };
}

function obstacleOfDecision(decision: DecisionEntity): Obstacle {
  return {
    kind: 'decision',
    code: decision.code,
    message: decision.message,
    since: instant(decision.at),
    correlationId: decision.correlationId,
    ...present({
      nextAttemptAt: optionalInstant(decision.nextAttemptAt),
      actionId: decision.actionId,
    }),
  };
}

function summaryOf(
  resource: string,
  { action, unresolved, firing }: ResourceRows,
  obstacles: readonly Obstacle[],
  status: ManifestView | undefined,
): string {
  const [first] = obstacles;
  if (unresolved.length === 0) {
    const last =
      action === undefined ? 'nothing was ever done about it' : `last: ${actionText(action)}`;
    if (firing.length === 0) return `${resource} ${stateOf(status)}; ${last}`;
    const policies = [...new Set(firing.map(({ policy }) => policy))].join(', ');
    const state =
      status === undefined || status.sync === 'Synced' ? 'is as declared' : stateOf(status);
    return `${resource} ${state}, but ${policies} is firing; ${first?.message ?? last}`;
  }
  const types = [...new Set(unresolved.map(({ driftType }) => driftType))].join(', ');
  if (first !== undefined)
    return `${resource} differs (${types}) and is not repaired: ${first.message}`;
  return action === undefined
    ? `${resource} differs (${types})`
    : `${resource} differs (${types}); ${actionText(action)}`;
}

/**
 * Of what nothing differs from what is wanted now: that may be less than is declared, as after a roll-back.
 * Only services have a status: of anything else nobody says more than that it is there.
 */
function stateOf(status: ManifestView | undefined): string {
  if (status === undefined) return 'is as it should be';
  if (status.kind !== 'Service') return 'is declared';
  const { sync, health, message } = status;
  if (sync === 'Synced' && health === 'Healthy') return 'is as it should be';
  return `is ${sync} and ${health}${message === undefined ? '' : `: ${message}`}`;
}
