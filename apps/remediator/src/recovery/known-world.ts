import { Injectable } from '@nestjs/common';
import { Switches } from '../desired/switches.js';
import { OnStateObserved } from '../hosts/on-state-observed.js';
import { FollowActionLog } from './follow-action-log.js';

/** Says when everything that the gates look at has been read: before that nothing may be done. */
@Injectable()
export class KnownWorld {
  private whole: Promise<void> | undefined;

  constructor(
    private readonly log: FollowActionLog,
    private readonly state: OnStateObserved,
    private readonly switches: Switches,
  ) {}

  /** Resolves when it is known, true; or false when the signal ends the wait. */
  async known(signal: AbortSignal): Promise<boolean> {
    this.whole ??= this.read();
    await Promise.race([this.whole, aborted(signal)]);
    return !signal.aborted;
  }

  private async read(): Promise<void> {
    await Promise.all([this.log.start(), this.state.start(), this.switches.start()]);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}
