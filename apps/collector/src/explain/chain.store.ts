import { Injectable } from '@nestjs/common';
import {
  ActionEntity,
  ActionTransitionEntity,
  AlertEntity,
  Database,
  DecisionEntity,
  DriftEventEntity,
} from '@vigil/storage';

/** Rows of one kind that one chain may have; a longer chain is cut at its beginning. */
const MAX_ROWS = 500;

/** Everything that carries one correlation id. */
export interface ChainRows {
  readonly alerts: readonly AlertEntity[];
  readonly drift: readonly DriftEventEntity[];
  readonly decisions: readonly DecisionEntity[];
  readonly actions: readonly ActionEntity[];
  readonly transitions: readonly ActionTransitionEntity[];
}

/** What is newest about a resource. */
export interface ResourceRows {
  readonly decision: DecisionEntity | undefined;
  readonly action: ActionEntity | undefined;
  readonly unresolved: readonly DriftEventEntity[];
  readonly firing: readonly AlertEntity[];
  readonly correlationIds: readonly string[];
}

/** Reads what the evaluator and the remediator recorded. */
@Injectable()
export class ChainStore {
  constructor(private readonly database: Database) {}

  async chain(correlationId: string): Promise<ChainRows> {
    const where = { correlationId };
    const take = MAX_ROWS;
    return this.database.run(async (manager) => ({
      alerts: await manager.find(AlertEntity, { where, take, order: { firedAt: 'DESC' } }),
      drift: await manager.find(DriftEventEntity, { where, take, order: { detectedAt: 'DESC' } }),
      decisions: await manager.find(DecisionEntity, { where, take, order: { at: 'DESC' } }),
      actions: await manager.find(ActionEntity, { where, take, order: { startedAt: 'DESC' } }),
      transitions: await manager.find(ActionTransitionEntity, {
        where,
        take,
        order: { at: 'DESC', sequence: 'DESC' },
      }),
    }));
  }

  async newestOf(resource: string, chains: number): Promise<ResourceRows> {
    return this.database.run(async (manager) => {
      const ids = await manager.query<{ correlationId: string }[]>(
        `SELECT correlation_id AS "correlationId" FROM (
           (SELECT correlation_id, detected_at AS at FROM drift_events
             WHERE resource_name = $1 ORDER BY detected_at DESC LIMIT $3)
           UNION ALL
           (SELECT correlation_id, fired_at FROM alerts
             WHERE resource = $1 ORDER BY fired_at DESC LIMIT $3)
           UNION ALL
           (SELECT correlation_id, at FROM decisions
             WHERE resource = $1 ORDER BY at DESC LIMIT $3)
           UNION ALL
           (SELECT correlation_id, started_at FROM actions
             WHERE target = $1 ORDER BY started_at DESC LIMIT $3)
         ) AS found
         GROUP BY correlation_id ORDER BY max(at) DESC LIMIT $2`,
        [resource, chains, MAX_ROWS],
      );
      const [decision] = await manager.find(DecisionEntity, {
        where: { resource },
        order: { at: 'DESC', id: 'DESC' },
        take: 1,
      });
      const [action] = await manager.find(ActionEntity, {
        where: { target: resource },
        order: { startedAt: 'DESC', id: 'DESC' },
        take: 1,
      });
      const unresolved = await manager
        .createQueryBuilder(DriftEventEntity, 'drift')
        .where("drift.resourceName = :resource AND drift.state <> 'resolved'", { resource })
        .limit(MAX_ROWS)
        .getMany();
      const firing = await manager.find(AlertEntity, {
        where: { resource, state: 'firing' },
        order: { firedAt: 'DESC' },
        take: MAX_ROWS,
      });
      const correlationIds = ids.map((row) => row.correlationId);
      return { decision, action, unresolved, firing, correlationIds };
    });
  }
}
