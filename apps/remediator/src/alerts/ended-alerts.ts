import { Injectable } from '@nestjs/common';

/** Ended alerts that are remembered at most: above it the oldest are forgotten. */
const REMEMBERED = 20_000;

/**
 * What is known of alerts. `unknown`: their ends may have been missed.
 */
export type AlertsState = 'firing' | 'ended' | 'unknown';

/** Alerts that have ended lately. An alert has an id of its own each time that it fires. */
@Injectable()
export class EndedAlerts {
  private readonly ended = new Set<string>();
  /** Since when no end was missed, Unix ms. */
  private wholeSince = Number.POSITIVE_INFINITY;

  /** Every end since then will be told. */
  begin(since: number): void {
    this.wholeSince = since;
  }

  end(alertId: string): void {
    this.ended.add(alertId);
    const [oldest] = this.ended;
    if (this.ended.size > REMEMBERED && oldest !== undefined) this.ended.delete(oldest);
  }

  /** Whether all of the alerts have ended that fired at `since`, Unix ms. */
  stateOf(alertIds: readonly string[], since: number): AlertsState {
    if (alertIds.length > 0 && alertIds.every((id) => this.ended.has(id))) return 'ended';
    return since < this.wholeSince ? 'unknown' : 'firing';
  }
}
