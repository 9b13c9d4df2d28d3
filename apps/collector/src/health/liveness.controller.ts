import { Controller } from '@nestjs/common';
import { ROUTES } from '@vigil/contracts';
import { Endpoint } from '../http/endpoint.js';

/** `/api/v1/health/liveness`, the same as `/health/live`. */
@Controller()
export class LivenessController {
  @Endpoint(ROUTES.healthLiveness)
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }
}
