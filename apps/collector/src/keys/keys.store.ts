import { Injectable } from '@nestjs/common';
import { KeyDirectory, type KnownKey, type Principal } from '@vigil/auth';
import { Role, type KeyRecord, type KeyRequest, type Page } from '@vigil/contracts';
import { ApiKeyEntity, Database } from '@vigil/storage';
import { randomUUID } from 'node:crypto';
import { IsNull, Not } from 'typeorm';
import { instant, optionalInstant, present } from '../http/instant.js';
import { DEFAULT_PAGE, decodeCursor, pageFrom, type PageRequest } from '../http/page-cursor.js';

export interface NewKey extends Omit<KeyRequest, 'role'> {
  readonly role: Role;
  readonly prefix: string;
  readonly hash: Buffer;
  readonly createdBy: string;
  readonly at: number;
}

/** Agents get and lose their keys by enrolment and removal: here they are neither shown nor revoked. */
const NOT_OF_AGENTS = Not('agent' satisfies Role);

/** The table `api_keys`. */
@Injectable()
export class KeysStore extends KeyDirectory {
  constructor(private readonly database: Database) {
    super();
  }

  async find(hash: Buffer): Promise<KnownKey | undefined> {
    const row = await this.database.run((manager) =>
      manager.findOneBy(ApiKeyEntity, { hash, revokedAt: IsNull() }),
    );
    return row === null ? undefined : toKnownKey(row);
  }

  async create(key: NewKey): Promise<KeyRecord> {
    const row: ApiKeyEntity = {
      id: randomUUID(),
      name: key.name,
      prefix: key.prefix,
      hash: key.hash,
      role: key.role,
      host: null,
      createdAt: key.at,
      createdBy: key.createdBy,
      expiresAt: key.ttlSeconds === undefined ? null : key.at + key.ttlSeconds * 1000,
      revokedAt: null,
    };
    await this.database.run((manager) => manager.insert(ApiKeyEntity, row));
    return toRecord(row);
  }

  /** False when there is no such key, or it was revoked before. */
  async revoke(id: string, at: number): Promise<boolean> {
    const { affected } = await this.database.run((manager) =>
      manager.update(
        ApiKeyEntity,
        { id, revokedAt: IsNull(), role: NOT_OF_AGENTS },
        { revokedAt: at },
      ),
    );
    return (affected ?? 0) > 0;
  }

  /** Newest first. */
  async list(request: PageRequest): Promise<Page<KeyRecord>> {
    const after = decodeCursor(request.cursor, 2);
    const limit = request.limit ?? DEFAULT_PAGE;
    const rows = await this.database.run((manager) => {
      const query = manager
        .createQueryBuilder(ApiKeyEntity, 'key')
        .where({ role: NOT_OF_AGENTS })
        .orderBy('key.createdAt', 'DESC')
        .addOrderBy('key.id', 'DESC')
        .limit(limit + 1);
      if (after !== undefined) {
        query.andWhere('(key.createdAt, key.id) < (:at, :id)', {
          at: new Date(Number(after[0])),
          id: after[1],
        });
      }
      return query.getMany();
    });
    return pageFrom(rows, request, toRecord, (row) => [row.createdAt, row.id]);
  }
}

function toKnownKey(row: ApiKeyEntity): KnownKey | undefined {
  const role = Role.safeParse(row.role);
  if (!role.success) return undefined;
  const principal: Principal = {
    keyId: row.id,
    name: row.name,
    role: role.data,
    ...(row.host === null ? {} : { host: row.host }),
  };
  return {
    principal,
    hash: row.hash,
    ...(row.expiresAt === null ? {} : { expiresAt: row.expiresAt }),
  };
}

function toRecord(row: ApiKeyEntity): KeyRecord {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    role: Role.parse(row.role),
    createdAt: instant(row.createdAt),
    createdBy: row.createdBy,
    ...present({
      host: row.host,
      expiresAt: optionalInstant(row.expiresAt),
      revokedAt: optionalInstant(row.revokedAt),
    }),
  };
}
