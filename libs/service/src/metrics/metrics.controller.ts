import {
  Controller,
  ForbiddenException,
  Get,
  Inject,
  Req,
  Res,
  UnauthorizedException,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { metricsVerdict, type MetricsAccess } from './metrics-access.js';
import { Metrics } from './metrics.js';

/** Injection token of the {@link MetricsAccess} of the service. */
export const METRICS_ACCESS = Symbol('vigil:metrics-access');

/** `GET /metrics`: the measurements of this process in Prometheus' text format. */
@Controller('metrics')
export class MetricsController {
  constructor(
    private readonly metrics: Metrics,
    @Inject(METRICS_ACCESS) private readonly access: MetricsAccess,
  ) {}

  @Get()
  async expose(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { remoteAddress } = request.socket;
    const verdict = metricsVerdict(this.access, { remoteAddress, headers: request.headers });
    if (verdict === 401)
      throw new UnauthorizedException('the metrics need the key as bearer token');
    if (verdict === 403)
      throw new ForbiddenException('the metrics are readable on this machine only');
    const text = await this.metrics.registry.metrics();
    await reply.header('content-type', this.metrics.registry.contentType).send(text);
  }
}
