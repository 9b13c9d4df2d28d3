import { Injectable } from '@nestjs/common';
import { type ActionLogEntry, type ActionReason } from '@vigil/contracts';
import { ActionEntity, ActionTransitionEntity, Database, storable } from '@vigil/storage';
import { IsNull, LessThan } from 'typeorm';
import { changedColumns, newActionRow, transitionRow } from './action-rows.js';

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
