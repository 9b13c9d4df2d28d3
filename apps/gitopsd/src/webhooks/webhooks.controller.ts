import { Body, Controller, Param, Post, Req, Res } from '@nestjs/common';
import { OpenRoute } from '@vigil/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ReceiveDelivery } from './receive-delivery.js';

/** `POST /webhooks/{forge}/{source}`: without a key, because the signature of the forge takes its place. */
@OpenRoute()
@Controller('webhooks')
export class WebhooksController {
  constructor(private readonly receive: ReceiveDelivery) {}

  @Post(':forge/:source')
  async deliver(
    @Param('forge') forge: string,
    @Param('source') source: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const outcome = await this.receive.execute(forge, source, {
      header: (name) => {
        const value = request.headers[name];
        return typeof value === 'string' ? value : undefined;
      },
      body: body instanceof Uint8Array ? body : new Uint8Array(),
    });
    await reply.status(outcome.outcome === 'accepted' ? 202 : 200).send(outcome);
  }
}
