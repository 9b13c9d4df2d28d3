import { Injectable } from '@nestjs/common';
import { type ActionLogEntry, type ActionReason } from '@vigil/contracts';
import { ActionEntity, ActionTransitionEntity, Database, storable } from '@vigil/storage';
import { In, IsNull, LessThan, MoreThanOrEqual } from 'typeorm';
import type { ActionView } from '../action/action-view.js';
import { changedColumns, newActionRow, transitionRow } from './action-rows.js';
import { StoredEntry, viewOfStored } from './stored-log.js';

/** Actions of one resource that are recalled at most. */
const MAX_RECALLED = 500;

/** The tables `actions` and `action_transitions`. Safe to be told the same entry again. */
@Injectable()
export class ActionStore {
  constructor(private readonly database: Database) {}

  /** @throws StorageUnavailable, StorageTimeout, StorageConflict (retry) */
  async project(entry: ActionLogEntry): Promise<void> {
    await this.database.transaction(async (manager) => {
      const audit = storable(transitionRow(entry));
      await manager
        .createQueryBuilder()
        .insert()
        .into(ActionTransitionEntity)
        .values(audit)
        .orIgnore()
        .execute();
      if (entry.kind === 'requested') {
        const row = storable(newActionRow(entry));
        const insert = manager.createQueryBuilder().insert().into(ActionEntity);
        await insert.values(row).orIgnore().execute();
        return;
      }
      const { actionId: id, sequence } = entry;
      await manager
        .createQueryBuilder()
        .update(ActionEntity)
        .set(storable(changedColumns(entry)))
        .where('id = :id AND sequence < :sequence', { id, sequence })
        .execute();
    });
  }

  /** False when the signal ended the wait. */
  untilReachable(signal: AbortSignal): Promise<boolean> {
    return this.database.untilUp(signal);
  }

  /**
   * Ids of actions that have not ended here, and of which nothing was heard since `before` (Unix ms).
   * @throws StorageUnavailable, StorageTimeout
   */
  async unfinishedSince(before: number): Promise<readonly string[]> {
    const found = await this.database.run((manager) =>
      manager.find(ActionEntity, {
        select: { id: true },
        where: { completedAt: IsNull(), updatedAt: LessThan(before) },
        take: 1_000,
      }),
    );
    return found.map(({ id }) => id);
  }

  /**
   * The latest actions of a resource whose logs were opened before `end` and that were heard of since
   * `since`, both Unix ms.
   * @throws StorageUnavailable, StorageTimeout
   */
  async before(
    end: number,
    { resource, since }: { readonly resource: string; readonly since: number },
  ): Promise<readonly ActionView[]> {
    const found = await this.database.run(async (manager) => {
      const actions = await manager.find(ActionEntity, {
        select: { id: true },
        where: { target: resource, startedAt: LessThan(end), updatedAt: MoreThanOrEqual(since) },
        order: { startedAt: 'DESC' },
        take: MAX_RECALLED,
      });
      return manager.find(ActionTransitionEntity, {
        select: { actionId: true, entry: true },
        where: { actionId: In(actions.map(({ id }) => id)) },
        order: { actionId: 'ASC', sequence: 'ASC' },
      });
    });
    const logs = new Map<string, StoredEntry[]>();
    for (const { actionId, entry } of found) {
      const { data } = StoredEntry.safeParse(entry);
      const log = logs.get(actionId) ?? [];
      if (data !== undefined) logs.set(actionId, [...log, data]);
    }
    return [...logs.values()].flatMap((log) => viewOfStored(log) ?? []);
  }

  /** Ends an action whose log is gone; nobody will write to it any more. */
  async close(id: string, reason: ActionReason, at: number): Promise<void> {
    await this.database.run((manager) =>
      manager
        .createQueryBuilder()
        .update(ActionEntity)
        .set({ status: 'failed', reason, completedAt: at, updatedAt: at })
        .where('id = :id AND completed_at IS NULL', { id })
        .execute(),
    );
  }
}
