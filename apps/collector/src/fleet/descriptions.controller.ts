import { Controller } from '@nestjs/common';
import { Caller, type Principal } from '@vigil/auth';
import { ROUTES, type HostDescription, type InputOf } from '@vigil/contracts';
import { Endpoint, Input } from '../http/endpoint.js';
import { DescribeHost } from './describe-host.js';

@Controller()
export class DescriptionsController {
  constructor(private readonly describing: DescribeHost) {}

  @Endpoint(ROUTES.describeHost)
  describe(
    @Input(ROUTES.describeHost) { params, body }: InputOf<typeof ROUTES.describeHost>,
    @Caller() caller: Principal,
  ): Promise<HostDescription> {
    return this.describing.describe(params.id, body.containers, caller);
  }
}
