import { Controller } from '@nestjs/common';
import { SourceSync } from '@vigil/contracts';
import { Answers } from '@vigil/messaging';
import type { z } from 'zod';
import { Sources } from './sources.js';

type Request = z.output<typeof SourceSync.request>;
type Reply = z.input<typeof SourceSync.reply>;

/** A person wants a source to be looked at now. */
@Controller()
export class OnSourceSync {
  constructor(private readonly sources: Sources) {}

  @Answers(SourceSync)
  async handle({ source, correlationId }: Request): Promise<Reply> {
    const runner = this.sources.get(source);
    if (runner === undefined) return { outcome: 'unknown-source', known: this.sources.names() };
    const outcome = await runner.syncNow(correlationId);
    const inForce = runner.inForce();
    switch (outcome.kind) {
      case 'applied':
        return { outcome: 'applied', revision: outcome.revision, changed: outcome.changed };
      case 'rejected':
        return {
          outcome: 'rejected',
          revision: outcome.revision,
          ...(inForce === undefined ? {} : { inForce }),
          errors: [...outcome.errors],
        };
      case 'suspended':
      case 'unavailable':
        return { outcome: 'unavailable', message: outcome.message };
    }
  }
}
