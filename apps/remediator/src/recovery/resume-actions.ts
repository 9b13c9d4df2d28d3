import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Log, pause } from '@vigil/service';
import { ActionSupervisor } from '../drive/action-supervisor.js';
import { KnownWorld } from './known-world.js';
import { UnfinishedActions } from './unfinished-actions.js';

/** How often it is looked for actions that nobody drives, milliseconds. */
const SWEEP_MS = 5_000;

/** An action in whose log nothing happens for this long, milliseconds, is driven by nobody. */
const ABANDONED_AFTER_MS = 90_000;

/** Goes on with what was left unfinished: by this process before it crashed, or by another one. */
@Injectable()
export class ResumeActions implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly world: KnownWorld,
    private readonly unfinished: UnfinishedActions,
    private readonly supervisor: ActionSupervisor,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run().catch((error: unknown) => {
      this.log.error('unfinished actions are not looked for any more', error);
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    if (!(await this.world.known(signal))) return;
    this.resume(0);
    await this.unfinished.refresh(signal);
    await this.unfinished.loadForgotten(signal);
    this.resume(0);
    while (await pause(SWEEP_MS, signal)) {
      await this.unfinished.refresh(signal);
      this.resume(ABANDONED_AFTER_MS);
    }
  }

  private resume(idleMs: number): void {
    for (const actionId of this.unfinished.idleFor(idleMs)) this.supervisor.begin(actionId);
  }
}
