import { Injectable } from '@nestjs/common';
import { AlertView, resolveTime, type InputOf, type Page, type ROUTES } from '@vigil/contracts';
import { AlertEntity, Database } from '@vigil/storage';
import { withInstants } from '../http/with-instants.js';
import { instant, optionalInstant, present } from '../http/instant.js';
import { newestFirst, whereGiven } from '../http/newest-first.js';

const ORDER = {
  alias: 'alert',
  time: 'firedAt',
  timeOf: (row: AlertEntity) => row.firedAt,
} as const;

/** Reads the table `alerts`, which the evaluator writes. */
@Injectable()
export class AlertsStore {
  constructor(private readonly database: Database) {}

  async list(
    query: InputOf<typeof ROUTES.listAlerts>['query'],
    now: number,
  ): Promise<Page<AlertView>> {
    const { state, severity, resource, since } = query;
    return this.database.run((manager) => {
      const rows = manager.createQueryBuilder(AlertEntity, 'alert');
      whereGiven(rows, 'alert', { state, severity, resource });
      if (since !== undefined) {
        rows.andWhere('alert.firedAt >= :since', { since: new Date(resolveTime(since, now)) });
      }
      return newestFirst(rows, ORDER, query, toAlertView);
    });
  }
}

export function toAlertView(row: AlertEntity): AlertView {
  return AlertView.parse({
    id: row.id,
    policy: row.policy,
    labels: row.labels,
    condition: row.condition,
    severity: row.severity,
    state: row.state,
    activeAt: instant(row.activeAt),
    firedAt: instant(row.firedAt),
    evidence: withInstants(row.evidence),
    correlationId: row.correlationId,
    ...present({
      resource: row.resource,
      value: row.value,
      resolvedAt: optionalInstant(row.resolvedAt),
    }),
  });
}
