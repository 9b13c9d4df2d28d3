import { Injectable } from '@nestjs/common';
import { NatsConnection } from '@vigil/messaging';
import { Database } from '@vigil/storage';
import { Suspension } from './suspension.js';

export interface SignalListeners {
  /** PostgreSQL or NATS is back: it may have lost what was written to it. */
  readonly onServerBack: () => void;
  /** Somebody suspended or resumed the source. */
  readonly onControl: () => void;
}

/** What happens around a source and makes another look at it worthwhile. */
@Injectable()
export class SourceSignals {
  constructor(
    private readonly nats: NatsConnection,
    private readonly database: Database,
    private readonly suspension: Suspension,
  ) {}

  /** Returns how to stop listening. */
  listen(source: string, listeners: SignalListeners): () => Promise<void> {
    const unsubscribe = this.onServerBack(listeners.onServerBack);
    const controls = this.suspension.watch(source, listeners.onControl);
    return async () => {
      unsubscribe();
      await controls.stop();
    };
  }

  /** PostgreSQL or NATS is there, now or again. Returns how to stop listening. */
  onServerBack(listener: () => void): () => void {
    const unsubscribeNats = this.nats.onUp(listener);
    const unsubscribeDatabase = this.database.onUp(listener);
    return () => {
      unsubscribeNats();
      unsubscribeDatabase();
    };
  }
}
