import { Controller } from '@nestjs/common';
import { ActionLogged } from '@vigil/contracts';
import { Handles } from '@vigil/messaging';
import { ActionStore } from './action.store.js';

/** Projects the log of actions into PostgreSQL, in its order, however long PostgreSQL is away. */
@Controller()
export class OnActionLogged {
  constructor(private readonly store: ActionStore) {}

  @Handles(ActionLogged, {
    durable: 'remediator-projection',
    inOrder: true,
    maxDeliver: 'unlimited',
    backoff: { initialMs: 200, capMs: 5_000 },
  })
  async handle(entry: ActionLogged): Promise<void> {
    await this.store.project(entry);
  }
}
