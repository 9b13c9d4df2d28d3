import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock, Log } from '@vigil/service';
import { StorageTimeout, StorageUnavailable } from '@vigil/storage';
import { BackgroundWork } from '../recovery/background-work.js';
import { KnownWorld } from '../recovery/known-world.js';
import { UnfinishedActions } from '../recovery/unfinished-actions.js';
import { whenAborted } from '../recovery/when-aborted.js';
import { ActionStore } from './action.store.js';

/** How often it is looked, milliseconds. */
const EVERY_MS = 60_000;

/** Nothing was heard of an action for this long, milliseconds: longer than an approval is waited for. */
const SILENT_MS = 2 * 3_600_000;

/**
 * Ends, in the tables, actions whose logs NATS has lost with its data. Without a log nobody drives them,
 * and without this they would be shown as running for ever.
 */
@Injectable()
export class CloseLostActions implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly work: BackgroundWork;

  constructor(
    world: KnownWorld,
    private readonly unfinished: UnfinishedActions,
    private readonly store: ActionStore,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.work = new BackgroundWork(world, log);
  }

  onApplicationBootstrap(): void {
    this.work.start(EVERY_MS, async (signal) => {
      // a log that nobody has written to for hours is not lost
      await Promise.race([this.unfinished.allKnown, whenAborted(signal)]);
      if (await this.store.untilReachable(signal)) await this.closeLost().catch(ignoreAbsence);
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.work.stop();
  }

  private async closeLost(): Promise<void> {
    const now = this.clock.now();
    const silent = await this.store.unfinishedSince(now - SILENT_MS);
    for (const actionId of silent.filter((id) => !this.unfinished.isKnown(id))) {
      const message = 'NATS has lost its log: what became of it is not known';
      await this.store.close(actionId, { code: 'log-lost', message }, now);
      this.log.warn('an action was ended because its log is lost', { actionId });
    }
  }
}

/** PostgreSQL is away: it is looked again later. */
function ignoreAbsence(error: unknown): void {
  if (!(error instanceof StorageUnavailable || error instanceof StorageTimeout)) throw error;
}
