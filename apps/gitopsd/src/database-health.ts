import { Injectable } from '@nestjs/common';
import { HealthRegistry } from '@vigil/service';
import { Database } from '@vigil/storage';

/** What gitopsd says about its PostgreSQL: without it no new revision comes into force. */
@Injectable()
export class DatabaseHealth {
  constructor(database: Database, health: HealthRegistry) {
    health.register(
      'postgres',
      () => {
        const problem = database.problem();
        return problem === undefined ? { status: 'ok' } : { status: 'down', detail: problem };
      },
      { gatesReadiness: true },
    );
  }
}
