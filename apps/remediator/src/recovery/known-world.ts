import { Injectable } from '@nestjs/common';
import { VigilError } from '@vigil/service';
import { FollowAlerts } from '../alerts/follow-alerts.js';
import { Switches } from '../desired/switches.js';
import { WatchDesiredState } from '../desired/watch-desired-state.js';
import { OnStateObserved } from '../hosts/on-state-observed.js';
import { FollowActionLog } from './follow-action-log.js';
import { whenAborted } from './when-aborted.js';

/** How long a handler waits at most, milliseconds; then its message comes again later. */
const REQUIRE_MS = 3_000;

/** What the gates look at has not been read yet. */
export class WorldUnknown extends VigilError {
  readonly code = 'remediator.world_unknown';
  readonly disposition = 'retry';
}

/** Says when everything that the gates look at has been read: before that nothing may be done. */
@Injectable()
export class KnownWorld {
  private whole: Promise<void> | undefined;
  private isRead = false;

  constructor(
    private readonly log: FollowActionLog,
    private readonly state: OnStateObserved,
    private readonly switches: Switches,
    private readonly desired: WatchDesiredState,
    private readonly alerts: FollowAlerts,
  ) {}

  get isKnown(): boolean {
    return this.isRead;
  }

  /** True when it is known; false when the signal ended the wait. */
  async known(signal: AbortSignal): Promise<boolean> {
    this.whole ??= this.read();
    await Promise.race([this.whole, whenAborted(signal)]);
    return !signal.aborted;
  }

  /** For handlers. @throws WorldUnknown when it is still not known after some seconds */
  async require(): Promise<void> {
    const known = await this.known(AbortSignal.timeout(REQUIRE_MS));
    if (!known) throw new WorldUnknown('the present state has not been read yet');
  }

  private async read(): Promise<void> {
    await Promise.all([
      this.log.start(),
      this.state.start(),
      this.switches.start(),
      this.desired.start(),
      this.alerts.start(),
    ]);
    this.isRead = true;
  }
}
