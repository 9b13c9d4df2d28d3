import { DriftResolved, type DriftRecord } from '@vigil/contracts';
import type { Bus } from '@vigil/messaging';
import { describeError, type Clock, type Log } from '@vigil/service';
import { type Database, DriftEventEntity } from '@vigil/storage';
import { Not } from 'typeorm';
import type { EvaluatorMemory } from '../memory/evaluator-memory.js';

/** Rows looked at in one go; what is left is looked at after the next start. */
const LIMIT = 10_000;

/**
 * Resolves drift that PostgreSQL shows as open and nobody remembers: NATS lost the memory, so that nothing
 * else would ever end it. What still differs was found again under the same id before.
 */
export class ForgottenOccurrences {
  constructor(
    private readonly database: Database,
    private readonly memory: EvaluatorMemory,
    private readonly bus: Bus,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** To be called once, after everything was evaluated. */
  async resolve(): Promise<void> {
    try {
      await this.resolveDrift();
    } catch (error) {
      this.log.warn('forgotten drift stays open', { reason: describeError(error) });
    }
  }

  private async resolveDrift(): Promise<void> {
    const rows = await this.database.run((manager) =>
      manager.find(DriftEventEntity, { where: { state: Not('resolved') }, take: LIMIT }),
    );
    const remembered = this.memory.openDriftIds();
    for (const row of rows) {
      if (remembered.has(row.id)) continue;
      const record = resolvedDrift(row, this.clock.now());
      if (record === undefined) continue;
      await this.bus.publish(DriftResolved, record, {
        messageId: `${record.id}.resolved.${record.detectedAt}`,
        correlationId: record.correlationId,
      });
    }
  }
}

function resolvedDrift(row: DriftEventEntity, now: number): DriftRecord | undefined {
  const { currentState, desiredState, driftType, resourceName, host, attribution, ...rest } = row;
  const parsed = DriftResolved.schema.safeParse({
    ...rest,
    resource: resourceName,
    type: driftType,
    observed: currentState,
    desired: desiredState,
    ...(host === null ? {} : { host }),
    ...(attribution === null ? {} : { attribution }),
    state: 'resolved',
    updatedAt: now,
    resolvedAt: now,
  });
  return parsed.data;
}
