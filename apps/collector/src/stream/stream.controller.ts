import { Controller, Req, Res } from '@nestjs/common';
import { bearerCredentials, KeyVerifier } from '@vigil/auth';
import { ROUTES, StreamTopic, type InputOf } from '@vigil/contracts';
import { HttpProblem } from '@vigil/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Endpoint, Input } from '../http/endpoint.js';
import { EventChannel } from './event-channel.js';
import { LiveStreams } from './live-streams.js';
import { parsePosition, type StreamPosition } from './stream-position.js';

@Controller()
export class StreamController {
  constructor(
    private readonly streams: LiveStreams,
    private readonly verifier: KeyVerifier,
  ) {}

  @Endpoint(ROUTES.stream)
  async stream(
    @Input(ROUTES.stream) { query }: InputOf<typeof ROUTES.stream>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const after = positionOf(request.headers['last-event-id'] ?? query.lastEventId);
    const { authorization } = request.headers;
    await this.streams.serve({
      channel: new EventChannel(reply.raw, () => void reply.hijack()),
      topics: new Set(query.topics ?? StreamTopic.options),
      after,
      mayStay: () => this.isStillValid(authorization),
    });
  }

  /** A key that cannot be looked up now stays good: the database may be away. */
  private async isStillValid(authorization: string | undefined): Promise<boolean> {
    const credentials = bearerCredentials(authorization);
    if (credentials.kind !== 'bearer') return false;
    return this.verifier.verify(credentials.secret).then(
      (principal) => principal !== undefined,
      () => true,
    );
  }
}

function positionOf(id: string | string[] | undefined): StreamPosition | undefined {
  if (id === undefined || id === '') return undefined;
  const position = typeof id === 'string' ? parsePosition(id) : undefined;
  if (position !== undefined) return position;
  const message = 'expected the id of an event of this stream';
  const errors = [{ path: 'header.last-event-id', message }];
  throw new HttpProblem(400, { detail: `Last-Event-ID: ${message}`, errors });
}
