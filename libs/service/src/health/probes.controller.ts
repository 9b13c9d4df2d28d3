import { Controller, Get, Header, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { OpenRoute } from '../http/open-route.js';
import { HealthRegistry } from './health-registry.js';

/** `GET /health`, `/health/live`, `/health/ready`: without a key, on every service. */
@OpenRoute()
@Controller('health')
export class ProbesController {
  constructor(private readonly health: HealthRegistry) {}

  /** 503 only when the service is down; degraded parts are named in the body. */
  @Get()
  @Header('cache-control', 'no-store')
  async report(@Res() reply: FastifyReply): Promise<void> {
    const report = await this.health.report();
    await reply.status(report.status === 'down' ? 503 : 200).send(report);
  }

  /** The process runs and answers. */
  @Get('live')
  @Header('cache-control', 'no-store')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  @Header('cache-control', 'no-store')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const ready = await this.health.isReady();
    await reply.status(ready ? 200 : 503).send({ status: ready ? 'ok' : 'down' });
  }
}
