import {
  createDatabase,
  eventually,
  startGitDaemon,
  startNats,
  temporaryDirectory,
  type GitServer,
  type TestDatabase,
  type TestNats,
} from '@vigil/testkit';
import { createHmac } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GitRepository } from './testing/git-repository.js';
import { serviceManifest } from './testing/manifests.js';
import { World } from './testing/world.js';

const SECRET = 'it is a secret';

describe('a webhook', () => {
  let server: GitServer;
  let work: GitRepository;
  let nats: TestNats;
  let database: TestDatabase;
  let world: World;
  const secret = join(temporaryDirectory('secret'), 'secret');

  beforeAll(async () => {
    const root = temporaryDirectory('repositories');
    const directory = temporaryDirectory('manifests');
    GitRepository.init(join(root, 'shop.git'), { bare: true });
    work = GitRepository.init(join(temporaryDirectory('work'), 'shop'));
    work.git('remote', 'add', 'origin', join(root, 'shop.git'));
    server = await startGitDaemon(root);
    nats = await startNats();
    database = await createDatabase();
    writeFileSync(secret, `${SECRET}\n`);
    push({ 'web.yaml': serviceManifest('web') });
    const source = (name: string, more: string): string =>
      `apiVersion: vigil.io/v1\nkind: Source\nmetadata: { name: ${name} }\nspec: { url: "${server.urlOf('shop.git')}", ref: { branch: main }, ${more} }\n`;
    writeFileSync(
      join(directory, 'sources.yaml'),
      `${source('shop', `webhook: { secret: { secretRef: { file: ${secret} } } }`)}---\n${source('quiet', 'path: nowhere')}`,
    );
    world = await World.start({
      natsUrl: nats.url,
      databaseUrl: database.url,
      manifests: directory,
    });
    await untilReplicas(1);
  });
  afterAll(async () => {
    await world.stop();
    await server.stop();
    await nats.stop();
    await database.drop();
  });

  const push = (files: Readonly<Record<string, string>>): void => {
    work.commit('Change', files);
    work.git('push', '--quiet', 'origin', 'main');
  };
  const untilReplicas = (replicas: number): Promise<unknown> =>
    eventually(
      async () => {
        const rows = await world.query<{ replicas: number }>(
          `SELECT (content -> 'spec' ->> 'replicas')::int AS replicas FROM manifests
            WHERE current AND name = 'web'`,
        );
        expect(rows).toEqual([{ replicas }]);
        return true;
      },
      { withinMs: 10_000 },
    );
  const attempts = async (): Promise<string> => {
    const [row] = await world.query<{ at: Date }>(
      `SELECT last_attempt_at AS at FROM sources WHERE name = 'shop'`,
    );
    return String(row?.at.getTime());
  };
  const deliver = async (
    path: string,
    payload: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${world.url}/webhooks/${path}`, {
      method: 'POST',
      body: payload,
      headers: { 'content-type': 'application/json', 'x-github-event': 'push', ...headers },
    });
    return { status: response.status, body: await response.json() };
  };
  const signed = (payload: string, delivery = ''): Record<string, string> => ({
    'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(payload).digest('hex')}`,
    ...(delivery === '' ? {} : { 'x-github-delivery': delivery }),
  });
  const PUSH = JSON.stringify({ ref: 'refs/heads/main' });

  it('brings a push into force at once', async () => {
    push({ 'web.yaml': serviceManifest('web', 2) });
    expect(await deliver('github/shop', PUSH, signed(PUSH))).toEqual({
      status: 202,
      body: { outcome: 'accepted' },
    });
    await untilReplicas(2);
  });

  it('takes a form with the payload in a field', async () => {
    push({ 'web.yaml': serviceManifest('web', 3) });
    const form = `payload=${encodeURIComponent(PUSH)}`;
    const headers = { ...signed(form), 'content-type': 'application/x-www-form-urlencoded' };
    expect(await deliver('github/shop', form, headers)).toMatchObject({ status: 202 });
    await untilReplicas(3);
  });

  it('takes the same delivery once', async () => {
    const first = await deliver('github/shop', PUSH, signed(PUSH, 'a-b-c'));
    expect(first.body).toEqual({ outcome: 'accepted' });
    expect(await deliver('github/shop', PUSH, signed(PUSH, 'a-b-c'))).toEqual({
      status: 200,
      body: { outcome: 'ignored', reason: 'this delivery was taken before' },
    });
  });

  it.each([
    ['another ref', JSON.stringify({ ref: 'refs/heads/other' }), 'push', 'follows another ref'],
    ['something else', '{}', 'issues', 'issues is no push'],
    ['a trial', '{}', 'ping', 'the webhook works'],
  ])('does nothing for %s', async (_name, payload, event, reason) => {
    const before = await attempts();
    const answer = await deliver('github/shop', payload, {
      ...signed(payload),
      'x-github-event': event,
    });
    expect(answer).toMatchObject({ status: 200, body: { outcome: 'ignored' } });
    expect(JSON.stringify(answer.body)).toContain(reason);
    expect(await attempts()).toBe(before);
  });

  it.each([
    ['no signature', 'github/shop', PUSH, {}, 401, 'X-Hub-Signature-256'],
    ['a wrong signature', 'github/shop', PUSH, { 'x-hub-signature-256': 'sha256=00' }, 401, ''],
    ['another forge', 'github2/shop', PUSH, signed(PUSH), 404, 'expected one of github, gitlab'],
    ['no such source', 'github/none', PUSH, signed(PUSH), 404, 'no source none has a webhook'],
    ['a source without one', 'github/quiet', PUSH, signed(PUSH), 404, 'no source quiet'],
    ['the local source', 'github/default', PUSH, signed(PUSH), 404, 'no source default'],
    ['no JSON', 'github/shop', 'hello', signed('hello'), 400, 'no event of github'],
    ['too much', 'github/shop', 'x'.repeat(1024 ** 2 + 1), {}, 413, ''],
  ])('refuses %s', async (_name, path, payload, headers, status, detail) => {
    const answer = await deliver(path, payload, headers);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).toContain(detail);
  });

  it('believes nobody while its secret is empty or away', async () => {
    writeFileSync(secret, '\n');
    const empty = createHmac('sha256', '').update(PUSH).digest('hex');
    const headers = { 'x-hub-signature-256': `sha256=${empty}` };
    expect(await deliver('github/shop', PUSH, headers)).toMatchObject({ status: 503 });
    rmSync(secret);
    expect(await deliver('github/shop', PUSH, headers)).toMatchObject({ status: 503 });
    writeFileSync(secret, SECRET);
    expect(await deliver('github/shop', PUSH, signed(PUSH))).toMatchObject({ status: 202 });
  });
});
