import { Injectable } from '@nestjs/common';
import { HealthRegistry, type ComponentHealth } from '@vigil/service';
import { Overrides } from '../desired/overrides.js';
import { Switches } from '../desired/switches.js';
import { KnownWorld } from './known-world.js';

/** Says whether the remediator knows enough to act: it is not ready before that. */
@Injectable()
export class RemediatorHealth {
  constructor(
    health: HealthRegistry,
    private readonly world: KnownWorld,
    private readonly switches: Switches,
    private readonly overrides: Overrides,
  ) {
    health.register('state', () => this.state(), { gatesReadiness: true });
    health.register('overrides', () => this.overridesState());
  }

  private state(): ComponentHealth {
    if (!this.world.isKnown) {
      return { status: 'down', detail: 'reading the log of actions, hosts and switches' };
    }
    if (this.switches.areKnown) return { status: 'ok' };
    const detail =
      'what people have stopped is unknown until the collector restores it: nothing is done';
    return { status: 'degraded', detail };
  }

  private overridesState(): ComponentHealth {
    if (!this.overrides.isKnown) {
      const detail = 'unknown until they are restored from PostgreSQL: nothing is done';
      return { status: 'degraded', detail };
    }
    const unsaved = this.overrides.unsavedCount;
    if (unsaved === 0) return { status: 'ok' };
    return {
      status: 'degraded',
      detail: `${unsaved} are in NATS only, until PostgreSQL takes them`,
    };
  }
}
