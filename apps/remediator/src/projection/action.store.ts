import { Injectable } from '@nestjs/common';
import type { ActionLogEntry } from '@vigil/contracts';
import { ActionEntity, ActionTransitionEntity, Database } from '@vigil/storage';
import { changedColumns, newActionRow, transitionRow } from './action-rows.js';

/** The tables `actions` and `action_transitions`. Safe to be told the same entry again. */
@Injectable()
export class ActionStore {
  constructor(private readonly database: Database) {}

  /** @throws StorageUnavailable, StorageTimeout, StorageConflict (retry) */
  async project(entry: ActionLogEntry): Promise<void> {
    await this.database.transaction(async (manager) => {
      await manager
        .createQueryBuilder()
        .insert()
        .into(ActionTransitionEntity)
        .values(transitionRow(entry))
        .orIgnore()
        .execute();
      if (entry.kind === 'requested') {
        const row = newActionRow(entry);
        await manager
          .createQueryBuilder()
          .insert()
          .into(ActionEntity)
          .values(row)
          .orIgnore()
          .execute();
        return;
      }
      await manager
        .createQueryBuilder()
        .update(ActionEntity)
        .set(changedColumns(entry))
        .where('id = :id AND sequence < :sequence', {
          id: entry.actionId,
          sequence: entry.sequence,
        })
        .execute();
    });
  }
}
