import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Log } from '@vigil/service';
import { ActionSupervisor } from '../drive/action-supervisor.js';
import { BackgroundWork } from './background-work.js';
import { KnownWorld } from './known-world.js';
import { UnfinishedActions } from './unfinished-actions.js';

/** How often it is looked for actions that nobody drives, milliseconds. */
const SWEEP_MS = 5_000;

/** An action in whose log nothing happens for this long, milliseconds, is driven by nobody. */
const ABANDONED_AFTER_MS = 90_000;

/** Goes on with what was left unfinished: by this process before it crashed, or by another one. */
@Injectable()
export class ResumeActions implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly work: BackgroundWork;

  constructor(
    world: KnownWorld,
    private readonly unfinished: UnfinishedActions,
    private readonly supervisor: ActionSupervisor,
    log: Log,
  ) {
    this.work = new BackgroundWork(world, log);
  }

  onApplicationBootstrap(): void {
    this.work.start(SWEEP_MS, (signal) => this.sweep(signal));
  }

  async onModuleDestroy(): Promise<void> {
    await this.work.stop();
  }

  private async sweep(signal: AbortSignal): Promise<void> {
    const idleMs = this.unfinished.areAllKnown ? ABANDONED_AFTER_MS : 0;
    // what is in memory does not wait for what has to be read
    this.resume(idleMs);
    await this.unfinished.refresh(signal);
    this.resume(idleMs);
  }

  private resume(idleMs: number): void {
    for (const actionId of this.unfinished.idleFor(idleMs)) this.supervisor.begin(actionId);
  }
}
