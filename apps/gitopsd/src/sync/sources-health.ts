import { Injectable } from '@nestjs/common';
import { HealthRegistry } from '@vigil/service';
import { Sources } from './sources.js';

const MAX_DETAIL = 512;

/** An invalid revision is the affair of its author; a source that cannot be read is ours. */
@Injectable()
export class SourcesHealth {
  constructor(sources: Sources, health: HealthRegistry) {
    health.register('sources', () => {
      const unreadable = sources.all().flatMap((runner) => {
        const outcome = runner.lastOutcome();
        return outcome?.kind === 'unavailable' ? [`${runner.name}: ${outcome.message}`] : [];
      });
      if (unreadable.length === 0) return { status: 'ok' };
      return { status: 'degraded', detail: unreadable.join('; ').slice(0, MAX_DETAIL) };
    });
  }
}
