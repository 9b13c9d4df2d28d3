import { Controller } from '@nestjs/common';
import { Caller, KeyVerifier, newSecret, type Principal } from '@vigil/auth';
import { ROUTES, type CreatedKey, type InputOf, type KeyRecord, type Page } from '@vigil/contracts';
import { Clock, HttpProblem, Log } from '@vigil/service';
import { Endpoint, Input } from '../http/endpoint.js';
import { KeysStore } from './keys.store.js';

/** API keys of people and programs. */
@Controller()
export class KeysController {
  constructor(
    private readonly keys: KeysStore,
    private readonly verifier: KeyVerifier,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  @Endpoint(ROUTES.listKeys)
  list(
    @Input(ROUTES.listKeys) { query }: InputOf<typeof ROUTES.listKeys>,
  ): Promise<Page<KeyRecord>> {
    return this.keys.list(query);
  }

  @Endpoint(ROUTES.createKey)
  async create(
    @Input(ROUTES.createKey) { body }: InputOf<typeof ROUTES.createKey>,
    @Caller() caller: Principal,
  ): Promise<CreatedKey> {
    const { secret, prefix, hash } = newSecret('key');
    const at = this.clock.now();
    const record = await this.keys.create({ ...body, prefix, hash, createdBy: caller.name, at });
    this.log.info('a key was made', { keyId: record.id, role: record.role, by: caller.name });
    return { ...record, key: secret };
  }

  /** In this process at once, in other collectors when they look it up again, within 10 s. */
  @Endpoint(ROUTES.revokeKey)
  async revoke(
    @Input(ROUTES.revokeKey) { params }: InputOf<typeof ROUTES.revokeKey>,
    @Caller() caller: Principal,
  ): Promise<void> {
    const revoked = await this.keys.revoke(params.id, this.clock.now());
    if (!revoked) throw new HttpProblem(404, { detail: `no valid key has the id ${params.id}` });
    this.verifier.forget(params.id);
    this.log.info('a key was revoked', { keyId: params.id, by: caller.name });
  }
}
