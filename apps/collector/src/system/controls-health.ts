import { Injectable } from '@nestjs/common';
import { HealthRegistry, type ComponentHealth } from '@vigil/service';
import { Controls } from './controls.js';

/** Why nothing acts while the switches are unknown. */
export const CONTROLS_UNKNOWN =
  'it is not known what people have stopped: NATS is new or has lost it, and it is not restored from PostgreSQL yet; nothing acts until then';

/** Says when the switches are unknown, or not where they would survive. */
@Injectable()
export class ControlsHealth {
  constructor(
    health: HealthRegistry,
    private readonly controls: Controls,
  ) {
    health.register('controls', () => this.state());
  }

  private state(): ComponentHealth {
    if (!this.controls.isKnown()) return { status: 'degraded', detail: CONTROLS_UNKNOWN };
    const unsaved = this.controls.unsavedCount();
    if (unsaved === 0) return { status: 'ok' };
    const detail = `${unsaved} switches are in NATS only, until PostgreSQL takes them`;
    return { status: 'degraded', detail };
  }
}
