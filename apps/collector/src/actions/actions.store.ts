import { Injectable } from '@nestjs/common';
import {
  ActionDetail,
  ActionTimelineEntry,
  ActionView,
  resolveTime,
  type InputOf,
  type Page,
  type ROUTES,
} from '@vigil/contracts';
import { ActionEntity, ActionTransitionEntity, Database } from '@vigil/storage';
import { instant, optionalInstant, present } from '../http/instant.js';
import { newestFirst, whereGiven } from '../http/newest-first.js';
import { withInstants } from '../http/with-instants.js';
import { reasonView } from './reason-view.js';

const ORDER = {
  alias: 'action',
  time: 'startedAt',
  timeOf: (row: ActionEntity) => row.startedAt,
} as const;

/** Reads the tables `actions` and `action_transitions`, which the remediator writes. */
@Injectable()
export class ActionsStore {
  constructor(private readonly database: Database) {}

  async list(
    query: InputOf<typeof ROUTES.listActions>['query'],
    now: number,
  ): Promise<Page<ActionView>> {
    const { target, status, action, correlationId, since } = query;
    return this.database.run((manager) => {
      const rows = manager.createQueryBuilder(ActionEntity, 'action');
      whereGiven(rows, 'action', { target, status, action, correlationId });
      if (since !== undefined) {
        rows.andWhere('action.startedAt >= :since', { since: new Date(resolveTime(since, now)) });
      }
      return newestFirst(rows, ORDER, query, toActionView);
    });
  }

  async find(id: string): Promise<ActionView | undefined> {
    const row = await this.database.run((manager) => manager.findOneBy(ActionEntity, { id }));
    return row === null ? undefined : toActionView(row);
  }

  async detail(id: string): Promise<ActionDetail | undefined> {
    return this.database.run(async (manager) => {
      const row = await manager.findOneBy(ActionEntity, { id });
      if (row === null) return undefined;
      const entries = await manager.find(ActionTransitionEntity, {
        where: { actionId: id },
        order: { sequence: 'ASC' },
      });
      return ActionDetail.parse({
        ...toActionView(row),
        ...present({ plan: row.plan }),
        timeline: entries.map(toTimelineEntry),
      });
    });
  }
}

export function toActionView(row: ActionEntity): ActionView {
  return ActionView.parse({
    id: row.id,
    correlationId: row.correlationId,
    target: row.target,
    action: row.action,
    status: row.status,
    attempt: row.attempt,
    mode: row.mode,
    actor: row.requestedBy,
    causes: row.causes,
    startedAt: instant(row.startedAt),
    ...present({
      source: row.source,
      reason: reasonView(row.reason),
      planHash: row.planHash,
      expiresAt: row.status === 'pending_approval' ? optionalInstant(row.expiresAt) : undefined,
      completedAt: optionalInstant(row.completedAt),
    }),
  });
}

export function toTimelineEntry(row: ActionTransitionEntity): ActionTimelineEntry {
  return ActionTimelineEntry.parse({
    sequence: row.sequence,
    at: instant(row.at),
    kind: row.kind,
    actor: row.actor,
    details: withInstants(row.entry),
    ...present({ from: row.fromState, to: row.toState, reason: reasonView(row.reason) }),
  });
}
