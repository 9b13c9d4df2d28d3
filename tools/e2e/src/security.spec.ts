import { jest } from '@jest/globals';
import { connect } from '@nats-io/transport-node';
import {
  CreatedKey,
  Enrolled,
  EnrolmentToken,
  Problem,
  type Command,
  type SignedCommand,
} from '@vigil/contracts';
import { eventually, temporaryDirectory } from '@vigil/testkit';
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { ApiAnswer } from './world/api-client.js';
import { CommandWire, natsServer, signAsRemediator } from './world/command-wire.js';
import { environmentOf, processesWith } from './world/machine-processes.js';
import { web } from './world/manifests.js';
import { World } from './world/world.js';

jest.setTimeout(120_000);

const SAMPLE = { metrics: [{ name: 'probe', value: 1 }] };

describe('security', () => {
  const marker = `security-${randomUUID()}`;
  /** Everything that was made here and has to stay secret. */
  const secrets: string[] = [];
  let world: World;

  beforeAll(async () => {
    world = await World.start({ manifests: { 'web.yaml': web({ marker }) } });
    await world.expectRunning('web', 1);
  });
  afterAll(() => world.stop());

  async function keyOf(role: string): Promise<string> {
    const answer = await world.api.post('/keys', { name: `a key that is ${role}`, role });
    const { key } = CreatedKey.parse(answer.body);
    secrets.push(key);
    return key;
  }

  async function tokenFor(host?: string): Promise<string> {
    const answer = await world.api.post('/agents/tokens', { host });
    const { token } = EnrolmentToken.parse(answer.body);
    secrets.push(token);
    return token;
  }

  const enrol = (token: string, host: string): Promise<ApiAnswer> =>
    world.api.as(undefined).post('/agents/enroll', { token, host, agentVersion: '0.1.0' });

  async function enrolled(host: string): Promise<string> {
    const { key } = Enrolled.parse((await enrol(await tokenFor(host), host)).body);
    secrets.push(key);
    return key;
  }

  describe('keys', () => {
    const READS = [
      '/drift',
      '/actions',
      '/manifests',
      '/sources',
      '/agents',
      '/alerts',
      '/query?metric=cpu_usage',
      '/explain/any',
      '/stream',
      '/metrics',
    ];
    const WRITES = [
      ['/ingest', { source: 'any', ...SAMPLE }],
      ['/actions', { resource: 'shop/web', action: 'stop', reason: 'because' }],
      ['/sources/default/sync', {}],
      ['/evaluate/shop/web', {}],
      ['/agents/tokens', {}],
      ['/system/stop', { reason: 'because' }],
      ['/keys', { name: 'another', role: 'admin' }],
    ] as const;

    it.each([
      ['no key', undefined],
      ['a wrong key', 'vgl_wrong'],
    ])('%s: nothing is told and nothing is taken', async (_what, key) => {
      const nobody = world.api.as(key);
      const answers = [
        ...(await Promise.all(
          [...READS, '/docs', '/openapi.json'].map((path) => nobody.get(path)),
        )),
        ...(await Promise.all(WRITES.map(([path, body]) => nobody.post(path, body)))),
        await nobody.delete(`/agents/${hostname()}`),
      ];
      for (const { status, headers } of answers) {
        expect(status).toBe(401);
        expect(headers.get('content-type')).toContain('application/problem+json');
      }
      expect((await nobody.get('/health')).status).toBe(200);
    });

    it('a key that may only read changes nothing', async () => {
      const reader = world.api.as(await keyOf('read-only'));
      expect((await reader.get('/drift')).status).toBe(200);
      for (const [path, body] of WRITES) {
        expect([path, (await reader.post(path, body)).status]).toEqual([path, 403]);
      }
      expect((await reader.delete(`/agents/${hostname()}`)).status).toBe(403);
      expect((await reader.get('/keys')).status).toBe(403);
    });

    it('an agent speaks for its own host alone', async () => {
      const agent = world.api.as(await enrolled('web-7'));
      expect((await agent.post('/ingest', { source: 'web-7', ...SAMPLE })).status).toBe(202);
      const foreign = await agent.post('/ingest', { source: hostname(), ...SAMPLE });
      expect(foreign.status).toBe(403);
      expect(Problem.parse(foreign.body).detail).toContain(hostname());
      expect((await agent.get(`/agents/${hostname()}/channel`)).status).toBe(403);
      expect((await agent.get('/manifests')).status).toBe(403);
      const stored = await world.api.get(`/query?metric=probe&source=${hostname()}`);
      expect(stored.body).toEqual({ series: [] });
    });

    it('a key for samples posts for every source, and reads nothing', async () => {
      const exporter = world.api.as(await keyOf('ingest'));
      expect((await exporter.post('/ingest', { source: 'any', ...SAMPLE })).status).toBe(202);
      expect((await exporter.get('/query?metric=probe')).status).toBe(403);
    });

    it('a key that was revoked is worth nothing', async () => {
      const made = CreatedKey.parse(
        (await world.api.post('/keys', { name: 'short-lived', role: 'read-only' })).body,
      );
      secrets.push(made.key);
      expect((await world.api.as(made.key).get('/drift')).status).toBe(200);
      expect((await world.api.delete(`/keys/${made.id}`)).status).toBe(204);
      expect((await world.api.as(made.key).get('/drift')).status).toBe(401);
    });
  });

  describe('enrolment', () => {
    it('takes a token once', async () => {
      const token = await tokenFor();
      const first = await enrol(token, 'web-8');
      expect(first.status).toBe(201);
      secrets.push(Enrolled.parse(first.body).key);
      expect((await enrol(token, 'web-9')).status).toBe(401);
      expect((await enrol(token, 'web-8')).status).toBe(401);
      expect((await enrol('vgl_enroll_wrong', 'web-9')).status).toBe(401);
    });

    it('takes a token for the host that it names', async () => {
      expect((await enrol(await tokenFor('web-10'), 'web-11')).status).toBe(401);
    });

    it('lets nobody take the place of a host that is there', async () => {
      expect((await enrol(await tokenFor(), hostname())).status).toBe(409);
    });
  });

  describe('commands', () => {
    const harm = join(temporaryDirectory('harm'), 'was-done');
    let wire: CommandWire;
    let genuine: { signed: SignedCommand; command: Command };

    beforeAll(async () => {
      wire = await CommandWire.open(world.home, hostname());
      const pid = await world.kill('web');
      genuine = await wire.captured(({ operation }) => operation.kind === 'start');
      await world.expectReplaced('web', pid);
      await world.action('web', ({ id, status }) => {
        return id === genuine.command.actionId && status === 'succeeded';
      });
    });
    afterAll(() => wire.close());

    /** The genuine command, made to do harm. */
    function harmful(changes: Partial<Command> = {}): Command {
      const { command } = genuine;
      const { operation } = command;
      if (operation.kind !== 'start') throw new Error('not the command that was expected');
      const { service } = operation;
      const spec = { ...service.spec, command: ['touch', harm] };
      return {
        ...command,
        commandId: randomUUID(),
        nonce: randomUUID(),
        issuedAt: Date.now(),
        expiresAt: Date.now() + 30_000,
        operation: {
          ...operation,
          replica: 7,
          precondition: { kind: 'any' },
          service: { ...service, spec },
        },
        ...changes,
      };
    }

    const signed = (changes: Partial<Command>): SignedCommand =>
      signAsRemediator(world.home, harmful(changes));

    function signedByAnother(): SignedCommand {
      const payload = JSON.stringify(harmful());
      const { privateKey } = generateKeyPairSync('ed25519');
      return {
        payload,
        signature: sign(null, Buffer.from(payload), privateKey).toString('base64'),
      };
    }

    it.each<[string, () => SignedCommand, string]>([
      [
        'without a signature worth the name',
        () => ({ payload: JSON.stringify(harmful()), signature: 'A'.repeat(88) }),
        'bad-signature',
      ],
      ['signed with another key', signedByAnother, 'bad-signature'],
      [
        'changed after it was signed',
        () => ({ ...genuine.signed, payload: JSON.stringify(harmful()) }),
        'bad-signature',
      ],
      ['for another host', () => signed({ host: 'web-7' }), 'wrong-host'],
      [
        'that has expired',
        () => signed({ issuedAt: Date.now() - 60_000, expiresAt: Date.now() - 30_000 }),
        'expired',
      ],
      [
        'valid for longer than any command is',
        () => signed({ expiresAt: Date.now() + 86_400_000 }),
        'validity-too-long',
      ],
      [
        'of somebody who has lost the lock since',
        () => signed({ fencingToken: genuine.command.fencingToken - 1 }),
        'stale-token',
      ],
      ['with a nonce that was used', () => signed({ nonce: genuine.command.nonce }), 'replayed'],
      ['that was carried out before', () => genuine.signed, 'replayed'],
    ])('a command %s is refused, and nothing runs', async (_what, make, code) => {
      const running = processesWith(marker);
      const result = await wire.send(make());
      expect(result).toMatchObject({ status: 'refused', code });
      expect(existsSync(harm)).toBe(false);
      expect(processesWith(marker)).toEqual(running);
    });

    it('the same command would have been carried out, had it been genuine', async () => {
      const result = await wire.send(signed({}));
      expect(result.status).toBe('succeeded');
      await eventually(() => existsSync(harm));
    });

    it('nobody without credentials gets as far as NATS', async () => {
      await expect(connect({ servers: natsServer(world.home) })).rejects.toThrow(/auth/i);
    });
  });

  describe('secrets', () => {
    const FILES = [
      'admin.key',
      'agent/agent.key',
      'postgres.password',
      'nats.password',
      'command-signing.key',
    ];

    function allSecrets(): string[] {
      const inFiles = FILES.map((file) => readFileSync(join(world.home, file), 'utf8')).map(
        (text) => text.split('\n').find((line) => line !== '' && !line.startsWith('-----')) ?? '',
      );
      return [...inFiles, ...secrets];
    }

    function leaksOf(text: string): string[] {
      return allSecrets().filter((secret) => text.includes(secret));
    }

    it('lie in files that nobody else may read', () => {
      for (const file of [...FILES, 'nats.conf']) {
        expect([file, statSync(join(world.home, file)).mode & 0o777]).toEqual([file, 0o600]);
      }
    });

    it('are in no log, on no console, and on no command line', () => {
      expect(new Set(allSecrets().map(({ length }) => length >= 32))).toEqual(new Set([true]));
      const logs = join(world.home, 'logs');
      const files = readdirSync(logs);
      expect(files).toEqual(expect.arrayContaining(['collector.log', 'agent.log', 'postgres.log']));
      for (const file of files) {
        expect([file, leaksOf(readFileSync(join(logs, file), 'utf8'))]).toEqual([file, []]);
      }
      expect(leaksOf(world.launcher.printed)).toEqual([]);
      expect(allSecrets().flatMap(processesWith)).toEqual([]);
    });

    it('do not reach the processes that are supervised', async () => {
      const environment = environmentOf((await world.replica('web')).pid);
      expect(environment).toContain('MODE=live');
      expect(leaksOf(environment)).toEqual([]);
      expect(environment).not.toMatch(/DATABASE_URL|NATS_URL|VIGIL_ENROLL_TOKEN|VIGIL_HOME/);
    });
  });
});
