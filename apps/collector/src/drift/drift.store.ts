import { Injectable } from '@nestjs/common';
import {
  DriftView,
  resolveTime,
  type DriftRecord,
  type InputOf,
  type Page,
  type ROUTES,
} from '@vigil/contracts';
import { Database, DriftEventEntity } from '@vigil/storage';
import type { EntityManager } from 'typeorm';
import { instant, optionalInstant, present } from '../http/instant.js';
import { newestFirst, whereGiven } from '../http/newest-first.js';

type HistoryQuery = InputOf<typeof ROUTES.driftHistory>['query'];

const ORDER = {
  alias: 'drift',
  time: 'detectedAt',
  timeOf: (row: DriftEventEntity) => row.detectedAt,
} as const;

/** Reads the table `drift_events`, which the evaluator writes. */
@Injectable()
export class DriftStore {
  constructor(private readonly database: Database) {}

  /** Without a state: what is not resolved. */
  async current(query: InputOf<typeof ROUTES.listDrift>['query']): Promise<Page<DriftView>> {
    return this.database.run((manager) => {
      const rows = filtered(manager, query);
      if (query.state === undefined) rows.andWhere("drift.state <> 'resolved'");
      return newestFirst(rows, ORDER, query, toDriftView);
    });
  }

  async history(query: HistoryQuery, now: number): Promise<Page<DriftView>> {
    return this.database.run((manager) => {
      const rows = filtered(manager, query);
      const { since, until } = query;
      if (since !== undefined) {
        rows.andWhere('drift.detectedAt >= :since', { since: new Date(resolveTime(since, now)) });
      }
      if (until !== undefined) {
        rows.andWhere('drift.detectedAt < :until', { until: new Date(resolveTime(until, now)) });
      }
      return newestFirst(rows, ORDER, query, toDriftView);
    });
  }

  async find(id: string): Promise<DriftView | undefined> {
    const row = await this.database.run((manager) => manager.findOneBy(DriftEventEntity, { id }));
    return row === null ? undefined : toDriftView(row);
  }
}

function filtered(manager: EntityManager, query: Omit<HistoryQuery, 'since' | 'until'>) {
  const rows = manager.createQueryBuilder(DriftEventEntity, 'drift');
  whereGiven(rows, 'drift', {
    resourceName: query.resource,
    host: query.host,
    driftType: query.type,
    severity: query.severity,
    correlationId: query.correlationId,
    state: query.state,
  });
  return rows;
}

export function toDriftView(row: DriftEventEntity): DriftView {
  return DriftView.parse({
    id: row.id,
    resource: row.resourceName,
    type: row.driftType,
    class: row.class,
    path: row.path,
    desired: row.desiredState,
    observed: row.currentState,
    severity: row.severity,
    score: row.score,
    detectedAt: instant(row.detectedAt),
    updatedAt: instant(row.updatedAt),
    correlationId: row.correlationId,
    state: row.state,
    ...present({
      host: row.host,
      resolvedAt: optionalInstant(row.resolvedAt),
      attribution: row.attribution,
    }),
  });
}

/** The same, from a message. */
export function driftViewOf(record: DriftRecord): DriftView {
  const { host, resolvedAt, detectedAt, updatedAt, attribution, ...rest } = record;
  return {
    ...rest,
    detectedAt: instant(detectedAt),
    updatedAt: instant(updatedAt),
    ...present({ host, resolvedAt: optionalInstant(resolvedAt), attribution }),
  };
}
