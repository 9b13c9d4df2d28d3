import { Controller } from '@nestjs/common';
import { ResourceStatusChanged } from '@vigil/contracts';
import { Handles } from '@vigil/messaging';
import { projection } from './projection-options.js';
import { ResourceStatusStore } from './resource-status.store.js';

@Controller()
export class OnResourceStatusChanged {
  constructor(private readonly statuses: ResourceStatusStore) {}

  @Handles(ResourceStatusChanged, projection('evaluator-project-resource-status'))
  handle(status: ResourceStatusChanged): Promise<void> {
    return this.statuses.save(status);
  }
}
