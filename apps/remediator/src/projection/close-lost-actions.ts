import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock, Log, pause } from '@vigil/service';
import { StorageTimeout, StorageUnavailable } from '@vigil/storage';
import { ActionRegistry } from '../log/action-registry.js';
import { KnownWorld } from '../recovery/known-world.js';
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
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly world: KnownWorld,
    private readonly registry: ActionRegistry,
    private readonly store: ActionStore,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run().catch((error: unknown) => {
      this.log.error('actions whose logs are lost are not looked for any more', error);
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    if (!(await this.world.known(signal))) return;
    while (await this.store.untilReachable(signal)) {
      await this.closeLost().catch(ignoreAbsence);
      await pause(EVERY_MS, signal);
    }
  }

  private async closeLost(): Promise<void> {
    const now = this.clock.now();
    const silent = await this.store.unfinishedSince(now - SILENT_MS);
    for (const actionId of silent.filter((id) => this.registry.get(id) === undefined)) {
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
