import { AlertFiring, AlertResolved, type AlertRecord } from '@vigil/contracts';
import { parseResourceId, type ResourceId } from '@vigil/manifests';
import type { Bus } from '@vigil/messaging';
import { labelsKey } from '@vigil/policy';
import { describeError, type Clock, type Log } from '@vigil/service';
import { AlertEntity, type Database, DecisionEntity } from '@vigil/storage';
import { memoryOfGroup, type AlertGroup } from '../alerting/alert-group.js';
import type { AlertBook } from '../alerting/alert-book.js';
import type { ActionHistory } from '../action-history/action-history.js';
import type { EvaluatorMemory } from '../memory/evaluator-memory.js';

/** How long an empty memory waits for PostgreSQL, milliseconds. */
const PATIENCE_MS = 5_000;

/** Rows looked at in one go; what is left is looked at in the next. */
const LIMIT = 10_000;

export interface ForgottenAlertsParts {
  readonly memory: EvaluatorMemory;
  readonly book: AlertBook;
  readonly history: ActionHistory;
  readonly bus: Bus;
}

/**
 * Alerts that PostgreSQL shows as firing and nobody remembers. When NATS has lost the memory they fire
 * on, under their ids, until their conditions are known not to hold: unknown is no end. What fires
 * under another id by now, or was forgotten although there is a memory, is resolved.
 */
export class ForgottenAlerts {
  private isMemoryLost = false;

  constructor(
    private readonly parts: ForgottenAlertsParts,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** To be called when the memory was read, before anything is evaluated. */
  async recall(): Promise<void> {
    if (!this.parts.memory.isEmpty()) return;
    this.isMemoryLost = true;
    if (await this.database.untilUp(AbortSignal.timeout(PATIENCE_MS))) await this.settle();
  }

  /**
   * To be called after everything was evaluated, until there is nothing more to do. Resolves with the
   * policies that have to be looked at again; undefined when PostgreSQL did not answer.
   */
  async settle(): Promise<readonly ResourceId[] | undefined> {
    try {
      const touched: ResourceId[] = [];
      for (const alert of await this.forgotten()) {
        const policy = parseResourceId(alert.policy);
        if (policy === undefined) continue;
        if (this.isMemoryLost && !this.isSuperseded(policy, alert)) await this.adopt(policy, alert);
        else await this.resolve(alert);
        touched.push(policy);
      }
      return touched;
    } catch (error) {
      this.log.warn('forgotten alerts stay as they are', { reason: describeError(error) });
      return undefined;
    }
  }

  private async forgotten(): Promise<readonly AlertRecord[]> {
    const rows = await this.database.run((manager) =>
      manager.find(AlertEntity, {
        where: { state: 'firing' },
        order: { firedAt: 'DESC' },
        take: LIMIT,
      }),
    );
    const remembered = this.parts.memory.firingAlertIds();
    return rows.filter(({ id }) => !remembered.has(id)).flatMap((row) => recordOf(row) ?? []);
  }

  private groupsOf(policy: ResourceId): readonly AlertGroup[] {
    return this.parts.book.groups(policy, this.parts.memory.policy(policy));
  }

  /** The same fires under another id. */
  private isSuperseded(policy: ResourceId, { labels }: AlertRecord): boolean {
    const key = labelsKey(labels);
    return this.groupsOf(policy).some(
      (group) => group.key === key && group.state.phase === 'firing',
    );
  }

  private async adopt(policy: ResourceId, record: AlertRecord): Promise<void> {
    const { memory, book, history } = this.parts;
    // what it asks for next is another action than those that it asked for before
    history.recallAttempts(`policy:${record.id}`, await this.requestsOf(record));
    const { labels, activeAt, firedAt } = record;
    const key = labelsKey(labels);
    const state = { phase: 'firing', activeSince: activeAt, firedAt, uncertain: true } as const;
    const adopted: AlertGroup = { key, labels, state, record, truth: 'unknown' };
    const groups = [...this.groupsOf(policy).filter((group) => group.key !== key), adopted];
    book.replace(policy, groups);
    const alerts = groups.flatMap((group) => memoryOfGroup(group) ?? []);
    memory.rememberPolicy(policy, { ...memory.policy(policy), policy, alerts });
  }

  /** How often something was requested because of the alert. */
  private requestsOf({ correlationId }: AlertRecord): Promise<number> {
    return this.database.run((manager) =>
      manager.count(DecisionEntity, { where: { correlationId, outcome: 'requested' } }),
    );
  }

  private async resolve(firing: AlertRecord): Promise<void> {
    const alert = { ...firing, state: 'resolved' as const, resolvedAt: this.clock.now() };
    await this.parts.bus.publish(AlertResolved, alert, {
      messageId: `${alert.id}.resolved`,
      correlationId: alert.correlationId,
    });
  }
}

function recordOf({ resource, value, resolvedAt: _none, ...rest }: AlertEntity) {
  return AlertFiring.schema.safeParse({
    ...rest,
    ...(resource === null ? {} : { resource }),
    ...(value === null ? {} : { value }),
  }).data;
}
