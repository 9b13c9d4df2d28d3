import { Controller } from '@nestjs/common';
import { AlertFiring, AlertResolved } from '@vigil/contracts';
import { Handles } from '@vigil/messaging';
import { AlertStore } from './alert.store.js';
import { projection } from './projection-options.js';

@Controller()
export class OnAlertChanged {
  constructor(private readonly alerts: AlertStore) {}

  @Handles(AlertFiring, projection('evaluator-project-alerts-firing'))
  firing(alert: AlertFiring): Promise<void> {
    return this.alerts.save(alert);
  }

  @Handles(AlertResolved, projection('evaluator-project-alerts-resolved'))
  resolved(alert: AlertResolved): Promise<void> {
    return this.alerts.save(alert);
  }
}
