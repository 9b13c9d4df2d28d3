import { Controller } from '@nestjs/common';
import { ROUTES, type AlertView, type InputOf, type Page } from '@vigil/contracts';
import { Clock } from '@vigil/service';
import { Endpoint, Input } from '../http/endpoint.js';
import { AlertsStore } from './alerts.store.js';

@Controller()
export class AlertsController {
  constructor(
    private readonly alerts: AlertsStore,
    private readonly clock: Clock,
  ) {}

  @Endpoint(ROUTES.listAlerts)
  list(
    @Input(ROUTES.listAlerts) { query }: InputOf<typeof ROUTES.listAlerts>,
  ): Promise<Page<AlertView>> {
    return this.alerts.list(query, this.clock.now());
  }
}
