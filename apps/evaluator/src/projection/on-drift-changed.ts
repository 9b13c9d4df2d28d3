import { Controller } from '@nestjs/common';
import { DriftDetected, DriftResolved, DriftUpdated } from '@vigil/contracts';
import { Handles } from '@vigil/messaging';
import { DriftStore } from './drift.store.js';
import { projection } from './projection-options.js';

@Controller()
export class OnDriftChanged {
  constructor(private readonly drift: DriftStore) {}

  @Handles(DriftDetected, projection('evaluator-project-drift-detected'))
  detected(record: DriftDetected): Promise<void> {
    return this.drift.save(record);
  }

  @Handles(DriftUpdated, projection('evaluator-project-drift-updated'))
  updated(record: DriftUpdated): Promise<void> {
    return this.drift.save(record);
  }

  @Handles(DriftResolved, projection('evaluator-project-drift-resolved'))
  resolved(record: DriftResolved): Promise<void> {
    return this.drift.save(record);
  }
}
