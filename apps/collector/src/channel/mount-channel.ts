import fastifyWebsocket from '@fastify/websocket';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { principalOf, routerPath } from '@vigil/auth';
import { ROUTES } from '@vigil/contracts';
import { HttpProblem } from '@vigil/service';
import { z } from 'zod';
import { AgentChannels } from './agent-channels.js';

/** A snapshot of a host with thousands of replicas is a few megabytes. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

const Params = z.object({ id: z.string() });

/**
 * Lets routes take WebSockets. Before any hook that may refuse a request: the plugin's own hook has
 * to have run by then, or the connection of a refused handshake would stay open for ever.
 */
export async function acceptWebSockets(app: NestFastifyApplication): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  await fastify.register(fastifyWebsocket, { options: { maxPayload: MAX_MESSAGE_BYTES } });
}

/** Serves `GET /agents/{id}/channel`; whoever comes without a WebSocket is told so. */
export function mountChannel(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const channels = app.get(AgentChannels);
  // not in a scope of its own: a scope would not answer errors as the others do
  fastify.route({
    method: 'GET',
    url: routerPath(ROUTES.agentChannel.path),
    onRequest: (request, _reply, next) => {
      const { id } = Params.parse(request.params);
      const host = principalOf(request)?.host;
      if (host === id) next();
      else next(new HttpProblem(403, { detail: `the key is not that of the agent of ${id}` }));
    },
    handler: () => {
      throw new HttpProblem(426, {
        detail: 'this path speaks WebSocket',
        headers: { upgrade: 'websocket' },
      });
    },
    wsHandler: (socket, request) => {
      channels.open(Params.parse(request.params).id, socket);
    },
  });
}
