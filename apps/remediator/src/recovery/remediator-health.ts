import { Injectable } from '@nestjs/common';
import { HealthRegistry } from '@vigil/service';
import { KnownWorld } from './known-world.js';

/** Says whether the remediator knows enough to act: it is not ready before that. */
@Injectable()
export class RemediatorHealth {
  constructor(health: HealthRegistry, world: KnownWorld) {
    health.register(
      'state',
      () =>
        world.isKnown
          ? { status: 'ok' }
          : { status: 'down', detail: 'reading the log of actions, hosts and switches' },
      { gatesReadiness: true },
    );
  }
}
