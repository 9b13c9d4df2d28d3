import { findNatsServer } from '@vigil/embedded';
import { createDatabase, eventually, freePort, recordProcess, startNats } from '@vigil/testkit';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { checkGivenServers, GivenServerUnusable } from './given-servers.js';
import { Progress } from './progress.js';
import { greets } from './readiness.js';

const PATIENCE_MS = 700;

interface Given {
  readonly databaseUrl?: string;
  readonly natsUrl?: string;
}

describe('servers that replace the embedded ones', () => {
  let screen: string;
  beforeEach(() => {
    screen = '';
  });

  async function check(given: Given, ending = new AbortController().signal): Promise<void> {
    const progress = new Progress({
      interactive: false,
      write: (text) => {
        screen += text;
      },
    });
    const { databaseUrl, natsUrl } = given;
    await checkGivenServers({ databaseUrl, natsUrl }, progress, ending, PATIENCE_MS);
  }

  /** What a person sees of a start that was refused. */
  async function refusal(given: Given): Promise<string> {
    const error: unknown = await check(given).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(GivenServerUnusable);
    const text = `${screen}\n${error instanceof Error ? error.message : ''}`;
    expect(text).not.toContain('s3cret');
    return text;
  }

  it('are not looked for when there are none', async () => {
    await check({});
    expect(screen).toBe('');
  });

  describe('PostgreSQL', () => {
    let url: URL;
    let drop: () => Promise<void>;
    beforeAll(async () => {
      const database = await createDatabase();
      url = new URL(database.url);
      drop = () => database.drop();
    }, 30_000);
    afterAll(() => drop());

    const variant = (change: (url: URL) => void): string => {
      const changed = new URL(url);
      change(changed);
      return changed.href;
    };

    it('is used when it answers', async () => {
      await check({ databaseUrl: url.href });
      expect(screen).toMatch(/✓ PostgreSQL at postgres:\/\/\w+:\*+@127\.0\.0\.1:\d+\/\w+/);
    });

    it('that does not answer is tried for a while, and named without its password', async () => {
      const port = await freePort();
      const databaseUrl = `postgres://me:s3cret@127.0.0.1:${port}/vigil?sslpassword=s3cret`;
      const text = await refusal({ databaseUrl });
      expect(text).toContain(
        `DATABASE_URL: PostgreSQL at postgres://me:********@127.0.0.1:${port}/vigil cannot be used: connect ECONNREFUSED 127.0.0.1:${port} (tried `,
      );
      expect(text).toContain('Without DATABASE_URL, npm start runs a PostgreSQL of its own.');
    });

    it.each([
      ['a wrong password', 'password authentication failed', (it: URL) => (it.password = 's3cret')],
      ['no such database', '"nothing" does not exist', (it: URL) => (it.pathname = '/nothing')],
    ])('with %s is not tried again', async (_case, reason, change) => {
      const text = await refusal({ databaseUrl: variant(change) });
      expect(text).toContain(reason);
      expect(text).toContain('(tried once)');
    });

    it('is not waited for any more when the end begins', async () => {
      const ending = AbortSignal.abort();
      const databaseUrl = variant((it) => (it.port = '1'));
      await expect(check({ databaseUrl }, ending)).rejects.toThrow('tried once');
    });
  });

  describe('NATS', () => {
    const running: ChildProcess[] = [];
    afterEach(async () => {
      for (const child of running.splice(0)) {
        const exited = once(child, 'exit');
        child.kill();
        await exited;
      }
    });

    it('is used when it answers, has JetStream and takes the credentials', async () => {
      const nats = await startNats({ credentials: { user: 'me', password: 's3cret' } });
      try {
        await check({ natsUrl: nats.url });
        expect(screen).toContain(`✓ NATS at 127.0.0.1:${nats.port}`);
        const natsUrl = `nats://me:wrong-s3cret@127.0.0.1:${nats.port}`;
        const text = await refusal({ natsUrl });
        expect(text).toMatch(/NATS_URL: NATS at [\d.:]+ cannot be used: .*Authorization/i);
        expect(text).toContain('(tried once)');
      } finally {
        await nats.stop();
      }
    });

    it('that does not answer is tried for a while', async () => {
      const port = await freePort();
      const text = await refusal({ natsUrl: `nats://me:s3cret@127.0.0.1:${port}` });
      expect(text).toContain(`NATS_URL: NATS at 127.0.0.1:${port} cannot be used: `);
      expect(text).toContain('connection refused');
      expect(text).toContain('Without NATS_URL, npm start runs a nats-server of its own.');
    });

    it('without JetStream is refused', async () => {
      const port = await freePort();
      const server = findNatsServer()?.path ?? 'nats-server';
      const child = spawn(server, ['-a', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
      running.push(child);
      if (child.pid !== undefined) recordProcess(child.pid);
      await eventually(() => greets(port));
      const text = await refusal({ natsUrl: `nats://127.0.0.1:${port}` });
      expect(text).toContain('JetStream is not enabled there (tried once)');
    });
  });
});
