import { Injectable } from '@nestjs/common';
import { ActionLocksBucket } from '@vigil/contracts';
import { NatsConnection, type NatsSession } from '@vigil/messaging';

/**
 * Revisions that fit into the second in which their stream was created. A stream has to live for more
 * than a second per this many writes to have none of its tokens above those of its successor.
 */
const REVISIONS_PER_SECOND = 2 ** 21;

/**
 * Fencing tokens from lock revisions. Agents remember the highest token that they have seen; when NATS
 * loses its data, revisions begin at 1 again, and every command would be refused for ever. So the
 * token also carries when the bucket was created. It fits into 53 bits until the year 2106.
 */
@Injectable()
export class FencingTokens {
  private readonly created = new WeakMap<NatsSession, Promise<number>>();

  constructor(private readonly connection: NatsConnection) {}

  /** @throws NatsUnavailable, or the client's errors while NATS goes away */
  async tokenFor(revision: number): Promise<number> {
    const session = this.connection.require();
    const created = this.created.get(session) ?? bucketCreated(session);
    this.created.set(session, created);
    return fencingToken(await created, revision);
  }
}

/** @param createdMs when the bucket of locks was created, Unix ms */
export function fencingToken(createdMs: number, revision: number): number {
  return Math.floor(createdMs / 1000) * REVISIONS_PER_SECOND + revision;
}

async function bucketCreated({ manager }: NatsSession): Promise<number> {
  const { created } = await manager.streams.info(`KV_${ActionLocksBucket.bucket}`);
  return new Date(created).getTime();
}
