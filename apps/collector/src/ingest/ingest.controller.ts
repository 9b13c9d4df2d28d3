import { Body, Controller } from '@nestjs/common';
import { Caller, type Principal } from '@vigil/auth';
import { INGEST_LIMITS, ROUTES, type IngestAccepted } from '@vigil/contracts';
import { Clock, HttpProblem } from '@vigil/service';
import { Endpoint } from '../http/endpoint.js';
import { Retention } from '../retention.js';
import { IngestBatches } from './ingest-batch.js';
import { readBatches } from './read-batch.js';

@Controller()
export class IngestController {
  constructor(
    private readonly batches: IngestBatches,
    private readonly retention: Retention,
    private readonly clock: Clock,
  ) {}

  @Endpoint(ROUTES.ingest)
  async ingest(@Body() body: unknown, @Caller() caller: Principal): Promise<IngestAccepted> {
    const receivedAt = this.clock.now();
    const batches = readBatches(body, {
      receivedAt,
      oldest: this.retention.oldest(receivedAt),
      newest: receivedAt + INGEST_LIMITS.futureMs,
    });
    const result = await this.batches.ingest(batches, caller);
    switch (result.outcome) {
      case 'accepted':
        return result.answer;
      case 'foreign-source':
        throw new HttpProblem(403, {
          detail: `the key of ${caller.host ?? caller.name} may not post for ${result.source}`,
        });
      case 'foreign-state':
        throw new HttpProblem(403, {
          detail: `the state of ${result.source} is taken from its agent alone`,
        });
    }
  }
}
