import { Injectable } from '@nestjs/common';
import { newCorrelationId } from '@vigil/service';
import { AcceptRevision } from './accept-revision.js';

/** The revision of a source that nothing declares any more. */
const RETIRED = 'retired';

/**
 * Takes everything out of force that a source has declared. What its resources have left on hosts is
 * orphaned by that, as if each manifest had been removed, and not touched unless it was to be pruned.
 */
@Injectable()
export class RetireSource {
  constructor(private readonly accept: AcceptRevision) {}

  /** @throws VigilError when PostgreSQL or NATS is away */
  async execute(source: string): Promise<void> {
    const inForce = await this.accept.recover(source);
    if (inForce.stored === undefined || inForce.stored.entries.length === 0) return;
    const revision = {
      source,
      revision: RETIRED,
      commit: undefined,
      warnings: [],
      correlationId: newCorrelationId(),
    };
    await this.accept.execute(revision, [], inForce);
  }
}
