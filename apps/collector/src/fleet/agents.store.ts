import { Injectable } from '@nestjs/common';
import { hashSecret, type NewSecret } from '@vigil/auth';
import type { AgentAdmission, AgentRecord, Page, RemovedHost } from '@vigil/contracts';
import { AgentEntity, ApiKeyEntity, Database, EnrolmentTokenEntity } from '@vigil/storage';
import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { instant, optionalInstant, present } from '../http/instant.js';
import { DEFAULT_PAGE, decodeCursor, pageFrom, type PageRequest } from '../http/page-cursor.js';

export interface NewToken {
  readonly hash: Buffer;
  readonly host: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdBy: string;
  readonly at: number;
  readonly expiresAt: number;
}

export interface EnrolmentAttempt {
  readonly token: string;
  readonly host: string;
  readonly agentVersion: string;
  readonly key: NewSecret;
  readonly at: number;
}

/** `bad-token`: unknown, used, expired, or for another host. */
export type EnrolmentOutcome =
  | { readonly outcome: 'enrolled'; readonly admission: AgentAdmission }
  | { readonly outcome: 'bad-token' }
  | { readonly outcome: 'already-enrolled' };

/** What is known of a running agent beyond its enrolment. */
export interface AgentSighting {
  readonly host: string;
  readonly lastSeenAt: number;
  /** Unix ms; in the past: disconnected. Undefined: another collector may hold its channel. */
  readonly connectedUntil: number | undefined;
  readonly agentVersion: string | undefined;
  readonly replicas: number | undefined;
}

/** Tells the transaction that nothing of it may stay. */
class AlreadyEnrolled extends Error {}

/** The tables `agents` and `enrolment_tokens`, and the keys of agents in `api_keys`. */
@Injectable()
export class AgentsStore {
  constructor(private readonly database: Database) {}

  async createToken(token: NewToken): Promise<void> {
    const row: EnrolmentTokenEntity = {
      id: randomUUID(),
      hash: token.hash,
      host: token.host ?? null,
      labels: { ...token.labels },
      createdAt: token.at,
      createdBy: token.createdBy,
      expiresAt: token.expiresAt,
      usedAt: null,
      usedBy: null,
    };
    await this.database.run((manager) => manager.insert(EnrolmentTokenEntity, row));
  }

  /** Spends the token and makes the agent's key, both or neither. */
  async enrol(attempt: EnrolmentAttempt): Promise<EnrolmentOutcome> {
    try {
      return await this.database.transaction(async (manager) => {
        const token = await spendToken(manager, attempt);
        if (token === undefined) return { outcome: 'bad-token' };
        const known = await manager.findOneBy(AgentEntity, { host: attempt.host });
        // a token for any host must not be able to take over a host that is there
        if (known !== null && token.host === null) throw new AlreadyEnrolled();
        return { outcome: 'enrolled', admission: await admit(manager, attempt, token, known) };
      });
    } catch (error) {
      if (error instanceof AlreadyEnrolled) return { outcome: 'already-enrolled' };
      throw error;
    }
  }

  /** The id of the key that was revoked; undefined when there is no such agent. */
  async remove(host: string, at: number): Promise<string | undefined> {
    return this.database.transaction(async (manager) => {
      const agent = await manager.findOneBy(AgentEntity, { host });
      if (agent === null) return undefined;
      await manager.delete(AgentEntity, { host });
      await manager.update(ApiKeyEntity, { id: agent.keyId }, { revokedAt: at });
      return agent.keyId;
    });
  }

  async admissions(): Promise<AgentAdmission[]> {
    const rows = await this.database.run((manager) =>
      manager.query<(Omit<AgentAdmission, 'enrolledAt'> & { enrolledAt: Date })[]>(
        `SELECT agents.host, key_id AS "keyId", encode(hash, 'hex') AS "keyHash", labels,
                enrolled_at AS "enrolledAt"
           FROM agents JOIN api_keys ON api_keys.id = key_id WHERE revoked_at IS NULL`,
      ),
    );
    return rows.map((row) => ({ ...row, enrolledAt: row.enrolledAt.getTime() }));
  }

  /** Hosts that were removed since a time (Unix ms) and not enrolled again. */
  async removedSince(since: number): Promise<RemovedHost[]> {
    const rows = await this.database.run((manager) =>
      manager.query<{ host: string; removedAt: Date }[]>(
        `SELECT host, max(revoked_at) AS "removedAt" FROM api_keys
          WHERE role = 'agent' AND NOT EXISTS (SELECT FROM agents WHERE agents.host = api_keys.host)
          GROUP BY host HAVING max(revoked_at) >= $1`,
        [new Date(since)],
      ),
    );
    return rows.map(({ host, removedAt }) => ({ host, removedAt: removedAt.getTime() }));
  }

  /** Notes when agents were last seen; hosts that are not enrolled are left out. */
  async recordSightings(sightings: readonly AgentSighting[]): Promise<void> {
    const time = (unixMs: number | undefined) => (unixMs === undefined ? null : new Date(unixMs));
    await this.database.run((manager) =>
      manager.query(
        `UPDATE agents SET last_seen_at = greatest(last_seen_at, seen.at),
                connected_until = coalesce(seen.until, connected_until),
                agent_version = coalesce(seen.version, agent_version),
                replicas = coalesce(seen.replicas, agents.replicas)
           FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::text[], $5::int[])
                AS seen(host, at, until, version, replicas)
          WHERE agents.host = seen.host`,
        [
          sightings.map(({ host }) => host),
          sightings.map(({ lastSeenAt }) => new Date(lastSeenAt)),
          sightings.map(({ connectedUntil }) => time(connectedUntil)),
          sightings.map(({ agentVersion }) => agentVersion ?? null),
          sightings.map(({ replicas }) => replicas ?? null),
        ],
      ),
    );
  }

  /** Hosts whose channel some collector holds. */
  async connectedHosts(now: number): Promise<string[]> {
    const rows = await this.database.run((manager) =>
      manager.query<{ host: string }[]>('SELECT host FROM agents WHERE connected_until > $1', [
        new Date(now),
      ]),
    );
    return rows.map(({ host }) => host);
  }

  /** By host. `sighted` is what this process has not written yet. */
  async list(
    request: PageRequest,
    now: number,
    sighted: (host: string) => AgentSighting | undefined,
  ): Promise<Page<AgentRecord>> {
    const after = decodeCursor(request.cursor, 1);
    const rows = await this.database.run((manager) => {
      const query = manager
        .createQueryBuilder(AgentEntity, 'agent')
        .orderBy('agent.host')
        .limit((request.limit ?? DEFAULT_PAGE) + 1);
      if (after !== undefined) query.where('agent.host > :host', { host: after[0] });
      return query.getMany();
    });
    return pageFrom(
      rows,
      request,
      (row) => toRecord(row, sighted(row.host), now),
      (row) => [row.host],
    );
  }
}

async function spendToken(
  manager: EntityManager,
  attempt: EnrolmentAttempt,
): Promise<EnrolmentTokenEntity | undefined> {
  const { affected } = await manager
    .createQueryBuilder()
    .update(EnrolmentTokenEntity)
    .set({ usedAt: attempt.at, usedBy: attempt.host })
    .where('hash = :hash AND used_at IS NULL AND expires_at > :now', {
      hash: hashSecret(attempt.token),
      now: new Date(attempt.at),
    })
    .andWhere('(host IS NULL OR host = :host)', { host: attempt.host })
    .execute();
  if (affected !== 1) return undefined;
  const token = await manager.findOneBy(EnrolmentTokenEntity, { hash: hashSecret(attempt.token) });
  return token ?? undefined;
}

async function admit(
  manager: EntityManager,
  attempt: EnrolmentAttempt,
  token: EnrolmentTokenEntity,
  known: AgentEntity | null,
): Promise<AgentAdmission> {
  const { host, key, at } = attempt;
  const keyId = randomUUID();
  await manager.insert(ApiKeyEntity, {
    id: keyId,
    name: `agent ${host}`,
    prefix: key.prefix,
    hash: key.hash,
    role: 'agent',
    host,
    createdAt: at,
    createdBy: token.createdBy,
  });
  // labels stay when the token says nothing about them
  const labels = Object.keys(token.labels).length > 0 ? token.labels : (known?.labels ?? {});
  await manager.upsert(
    AgentEntity,
    { host, keyId, labels, enrolledAt: at, agentVersion: attempt.agentVersion },
    ['host'],
  );
  if (known !== null) await manager.update(ApiKeyEntity, { id: known.keyId }, { revokedAt: at });
  return { host, keyId, keyHash: key.hash.toString('hex'), labels, enrolledAt: at };
}

function toRecord(row: AgentEntity, sighted: AgentSighting | undefined, now: number): AgentRecord {
  const connectedUntil = sighted?.connectedUntil ?? row.connectedUntil ?? 0;
  const lastSeenAt = Math.max(sighted?.lastSeenAt ?? 0, row.lastSeenAt ?? 0);
  return {
    id: row.host,
    host: row.host,
    labels: row.labels,
    status: connectedUntil > now ? 'connected' : 'disconnected',
    enrolledAt: instant(row.enrolledAt),
    ...present({
      agentVersion: sighted?.agentVersion ?? row.agentVersion,
      lastSeenAt: lastSeenAt === 0 ? undefined : optionalInstant(lastSeenAt),
      replicas: sighted?.replicas ?? row.replicas,
    }),
  };
}
