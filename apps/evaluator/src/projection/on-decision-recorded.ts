import { Controller } from '@nestjs/common';
import { DecisionRecorded } from '@vigil/contracts';
import { Handles } from '@vigil/messaging';
import { DecisionStore } from './decision.store.js';
import { projection } from './projection-options.js';

@Controller()
export class OnDecisionRecorded {
  constructor(private readonly decisions: DecisionStore) {}

  @Handles(DecisionRecorded, projection('evaluator-project-decisions'))
  handle(decision: DecisionRecorded): Promise<void> {
    return this.decisions.save(decision);
  }
}
