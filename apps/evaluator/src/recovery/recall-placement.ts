import type { ResourceMemory } from '@vigil/contracts';
import { parseResourceId } from '@vigil/manifests';
import { describeError, type Log } from '@vigil/service';
import { type Database, ResourceStatusEntity } from '@vigil/storage';
import { z } from 'zod';
import type { EvaluatorMemory } from '../memory/evaluator-memory.js';

/** How long an empty memory waits for PostgreSQL, milliseconds. */
const PATIENCE_MS = 5_000;

const Places = z.array(z.object({ replica: z.number().int().nonnegative(), host: z.string() }));

/**
 * Where each replica was, from the last statuses in PostgreSQL. Needed once: when NATS has lost the
 * evaluator's memory together with the hosts' snapshots, a replica whose host has not reported again
 * must not be started somewhere else.
 */
export async function recallPlacement(
  memory: EvaluatorMemory,
  database: Database,
  log: Log,
): Promise<void> {
  if (!memory.isEmpty()) return;
  try {
    if (!(await database.untilUp(AbortSignal.timeout(PATIENCE_MS)))) {
      log.warn('nothing is remembered, and PostgreSQL is away: placements begin anew');
      return;
    }
    const rows = await database.run((manager) =>
      manager.find(ResourceStatusEntity, { where: { removed: false } }),
    );
    for (const row of rows) memory.recall(memoryOf(row));
  } catch (error) {
    log.warn('placements could not be recalled', { reason: describeError(error) });
  }
}

function memoryOf(row: ResourceStatusEntity): ResourceMemory | undefined {
  const resource = parseResourceId(row.resource);
  const places = Places.safeParse(row.replicas);
  if (resource === undefined || !places.success || places.data.length === 0) return undefined;
  return {
    resource,
    ...(row.source === null ? {} : { source: row.source }),
    open: [],
    placement: places.data.map(({ replica, host }) => ({ replica, host, seen: true })),
    attempts: {},
    decisions: [],
  };
}
