import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.js';

interface Answer {
  status: number;
  body: unknown;
}

const DRIFT = {
  id: 'd-1',
  resource: 'shop/Service/web',
  type: 'replicas',
  class: 'corrective',
  path: '/replicas',
  desired: 3,
  observed: 2,
  severity: 'warning',
  score: 40,
  detectedAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  correlationId: 'c-1',
  state: 'open',
};

describe('vigilctl', () => {
  let server: Server;
  let directory: string;
  let seen: { method: string; url: string; authorization: string | undefined; body: string }[];
  let answers: Record<string, Answer>;

  beforeEach(async () => {
    seen = [];
    answers = {};
    server = createServer((request, response) => {
      void bodyOf(request).then((body) => {
        const { method = '', url = '' } = request;
        seen.push({ method, url, authorization: request.headers.authorization, body });
        const path = url.split('?')[0] ?? '';
        const answer = answers[`${method} ${path}`] ?? {
          status: 404,
          body: { type: 'about:blank', title: 'Not Found', status: 404, detail: `no ${path}` },
        };
        response.writeHead(answer.status, { 'content-type': 'application/json' });
        response.end(answer.body === undefined ? '' : JSON.stringify(answer.body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    directory = mkdtempSync(join(tmpdir(), 'vigilctl-'));
    mkdirSync(join(directory, '.vigil'));
    mkdirSync(join(directory, 'deep/er'), { recursive: true });
    writeFileSync(join(directory, '.vigil/admin.key'), 'vgl_secret\n');
    writeFileSync(
      join(directory, '.vigil/ports.json'),
      JSON.stringify({ collector: portOf(server) }),
    );
  });

  afterEach(async () => {
    rmSync(directory, { recursive: true });
    await new Promise((resolve) => server.close(resolve));
  });

  async function vigilctl(args: string[], env: NodeJS.ProcessEnv = {}) {
    const out: string[] = [];
    const err: string[] = [];
    const exitCode = await run(args, {
      env,
      directory: join(directory, 'deep/er'),
      now: () => Date.parse('2026-01-01T00:05:00.000Z'),
      out: (text) => out.push(text),
      err: (text) => err.push(text),
    });
    return { exitCode, out: out.join('\n'), err: err.join('\n') };
  }

  it('finds the installation upwards and shows its key', async () => {
    answers['GET /drift'] = { status: 200, body: { items: [], nextCursor: null } };
    expect(await vigilctl(['drift'])).toEqual({ exitCode: 0, out: 'No drift.', err: '' });
    expect(seen).toMatchObject([{ authorization: 'Bearer vgl_secret' }]);
  });

  it('prefers options to the environment, and that to the installation', async () => {
    answers['GET /drift'] = { status: 200, body: { items: [], nextCursor: null } };
    await vigilctl(['drift'], { VIGIL_KEY: 'from-env' });
    await vigilctl(['drift', '--key', 'from-option'], { VIGIL_KEY: 'from-env' });
    expect(seen.map(({ authorization }) => authorization)).toEqual([
      'Bearer from-env',
      'Bearer from-option',
    ]);
  });

  it('reads a list to its end and exits 1 on drift', async () => {
    const pages = [
      { items: [DRIFT], nextCursor: 'next' },
      { items: [{ ...DRIFT, id: 'd-2' }], nextCursor: null },
    ];
    Object.defineProperty(answers, 'GET /drift', {
      get: () => ({ status: 200, body: pages.shift() }),
    });
    const { exitCode, out } = await vigilctl(['drift', '--json']);
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toMatchObject([{ id: 'd-1' }, { id: 'd-2' }]);
    expect(seen[1]?.url).toContain('cursor=next');
  });

  it('shows drift as a table', async () => {
    answers['GET /drift'] = { status: 200, body: { items: [DRIFT], nextCursor: null } };
    const { out } = await vigilctl(['drift', '--resource', 'shop/web']);
    const [head, row] = out.split('\n');
    expect(head?.split(/\s+/)).toEqual(
      'RESOURCE TYPE CLASS SEVERITY PATH DESIRED OBSERVED AGE STATE'.split(' '),
    );
    expect(row?.split(/\s+/)).toEqual(
      'shop/Service/web replicas corrective warning /replicas 3 2 5m open'.split(' '),
    );
    expect(seen[0]?.url).toContain(`resource=${encodeURIComponent('shop/Service/web')}`);
  });

  it('shows who changed a host, where that is known', async () => {
    const who = { ...DRIFT, id: 'd-2', attribution: 'update, not by Vigil' };
    answers['GET /drift'] = { status: 200, body: { items: [DRIFT, who], nextCursor: null } };
    const { out } = await vigilctl(['drift']);
    const [head, unknown, known] = out.split('\n');
    expect(head).toMatch(/STATE +CHANGED BY$/);
    expect(unknown).toMatch(/open +-$/);
    expect(known).toMatch(/open +update, not by Vigil$/);
  });

  const declared = {
    ...{ resource: 'shop/Service/web', namespace: 'shop', kind: 'Service', name: 'web' },
    ...{ source: 'git', revision: 'r1', checksum: 'c', sync: 'Synced', health: 'Healthy' },
    ...{ manifest: {}, replicas: [] },
  };

  it('shows the containers of a resource', async () => {
    const replica = {
      replica: 0,
      host: 'h',
      runtime: 'docker',
      state: 'running',
      health: 'healthy',
    };
    const container = { id: 'c1', name: 'vigil-shop-web-0-ab', image: 'nginx:1.27' };
    const body = { ...declared, replicas: [{ ...replica, ports: [8080], container }] };
    answers['GET /manifests/shop/Service/web'] = { status: 200, body };
    const { out } = await vigilctl(['show', 'shop/web']);
    expect(out).toMatch(/AGE +CONTAINER +IMAGE\n/);
    expect(out).toMatch(/8080 +- +vigil-shop-web-0-ab +nginx:1.27/);
  });

  it('shows the labels of a host', async () => {
    const manifest = {
      apiVersion: 'vigil.io/v1',
      kind: 'Host',
      metadata: { name: 'web-1', namespace: 'default', labels: {} },
      spec: { labels: { role: 'web' } },
    };
    const body = { ...declared, resource: 'default/Host/web-1', kind: 'Host', manifest };
    answers['GET /manifests/default/Host/web-1'] = { status: 200, body };
    const { out } = await vigilctl(['show', 'default/host/web-1']);
    expect(out).toMatch(/LABEL +VALUE\nrole +web/);
    expect(out).not.toContain('REPLICA');
  });

  it('sends an order with its reason', async () => {
    answers['POST /actions'] = { status: 202, body: { actionId: 'a-1', correlationId: 'c-1' } };
    const { exitCode, out } = await vigilctl([
      'act',
      'shop/web',
      'restart',
      '--reason',
      'new cert',
    ]);
    expect({ exitCode, out }).toEqual({
      exitCode: 0,
      out: 'Requested. Follow it with: vigilctl action a-1',
    });
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      resource: 'shop/Service/web',
      action: 'restart',
      reason: 'new cert',
      force: false,
      dryRun: false,
    });
  });

  it('says for how long an order holds', async () => {
    answers['POST /actions'] = { status: 202, body: { actionId: 'a-1', correlationId: 'c-1' } };
    const order = ['act', 'shop/web', 'stop', '--reason', 'maintenance', '--for'];
    await vigilctl([...order, '2h']);
    expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ action: 'stop', expiresAfter: '2h' });
    expect((await vigilctl([...order, 'long'])).exitCode).toBe(2);
  });

  it.each([
    [401, 4],
    [403, 4],
    [404, 5],
    [409, 6],
    [422, 2],
    [502, 7],
    [503, 3],
  ])('turns status %d into exit code %d and shows the problem', async (status, exitCode) => {
    answers['GET /actions'] = {
      status,
      body: {
        type: 'about:blank',
        title: 'No',
        status,
        detail: 'it is not to be',
        errors: [{ path: 'since', message: 'found "x", expected a time' }],
      },
    };
    expect(await vigilctl(['actions'])).toEqual({
      exitCode,
      out: '',
      err: 'vigilctl: it is not to be\n  since: found "x", expected a time',
    });
  });

  it.each([
    ['nobody there', ['drift', '--url', 'http://127.0.0.1:1'], 3, 'connection was refused'],
    ['no URL', ['drift', '--url', 'nowhere'], 2, 'expected a URL'],
    ['unknown command', ['repair'], 2, 'unknown command'],
    ['wrong resource', ['evaluate', 'web'], 2, 'expected namespace/kind/name'],
    ['no reason', ['stop'], 2, '--reason'],
    ['unreadable file', ['validate', 'nothing.yaml'], 2, 'cannot read nothing.yaml'],
  ])('says what is wrong: %s', async (_name, args, exitCode, message) => {
    const result = await vigilctl(args);
    expect(result.exitCode).toBe(exitCode);
    expect(result.err).toContain(message);
    expect(result.err).not.toContain('    at ');
  });

  it('names actions so that they can be asked for, and decided about', async () => {
    const id = `act-${'0123456789ab'.repeat(2)}`;
    const action = {
      id,
      correlationId: 'cor-1',
      target: 'default/Service/web',
      action: 'restart',
      status: 'pending_approval',
      attempt: 1,
      mode: 'approve',
      actor: 'evaluator',
      causes: [],
      startedAt: '2026-01-01T00:00:00.000Z',
    };
    answers['GET /actions'] = { status: 200, body: { items: [action], nextCursor: null } };
    expect((await vigilctl(['actions'])).out).toContain(`\n${id} `);
  });

  it('suspends a source, or one resource for a time', async () => {
    const done = { status: 200, body: { inForce: true, durable: true } };
    for (const path of ['/sources/default', '/manifests/shop/Service/web']) {
      answers[`POST ${path}/suspend`] = done;
      answers[`POST ${path}/resume`] = done;
    }
    const reason = ['--reason', 'maintenance'];
    for (const args of [
      ['suspend'],
      ['suspend', 'shop/web', '--for', '2h'],
      ['unsuspend', 'shop/Service/web'],
      ['resume', 'shop/web'],
      ['unsuspend', 'default'],
    ]) {
      expect(await vigilctl([...args, ...reason])).toMatchObject({ exitCode: 0, err: '' });
    }
    expect(seen.map(({ url, body }) => `${url} ${body}`)).toEqual([
      '/sources/default/suspend {"reason":"maintenance"}',
      '/manifests/shop/Service/web/suspend {"reason":"maintenance","expiresAfter":"2h"}',
      '/manifests/shop/Service/web/resume {"reason":"maintenance"}',
      '/manifests/shop/Service/web/resume {"reason":"maintenance"}',
      '/sources/default/resume {"reason":"maintenance"}',
    ]);
    expect(await vigilctl(['suspend', 'default', '--for', '2h', ...reason])).toMatchObject({
      exitCode: 2,
    });
  });

  const emptied = {
    file: '',
    line: 0,
    column: 0,
    path: '',
    message: 'found no manifests, expected some',
  };
  const sourceAnswers = (source: object) => {
    const page = (items: unknown[]) => ({ status: 200, body: { items, nextCursor: null } });
    answers['GET /health'] = {
      status: 200,
      body: { status: 'ok', version: '1', uptimeSeconds: 1, components: {} },
    };
    answers['GET /system'] = {
      status: 200,
      body: {
        version: '1',
        instance: 'one',
        stopped: null,
        controlsKnown: true,
        suspendedSources: [],
        suspendedResources: [],
        agents: { enrolled: 0, connected: 0 },
      },
    };
    answers['GET /agents'] = page([]);
    answers['GET /manifests'] = page([]);
    answers['GET /sources'] = page([
      {
        name: 'default',
        kind: 'git',
        location: 'git',
        revision: null,
        resources: 0,
        suspended: null,
        warnings: [],
        ...source,
      },
    ]);
  };

  it('names no place where there is none', async () => {
    const revision = 'a'.repeat(40);
    answers['POST /sources/default/sync'] = {
      status: 200,
      body: { outcome: 'rejected', revision, errors: [emptied] },
    };
    const synced = await vigilctl(['sync']);
    expect(synced).toMatchObject({ exitCode: 1 });
    expect(synced.out).toContain('\n  found no manifests, expected some');
    sourceAnswers({ status: 'Rejected', message: 'rejected', errors: [emptied] });
    expect((await vigilctl(['status'])).out).toContain(' found no manifests, expected some');
    expect((await vigilctl(['status'])).out).not.toContain(':0');
  });

  it('says why a source is unknown, not why it was rejected before', async () => {
    sourceAnswers({ status: 'Unknown', message: 'the repository is gone', errors: [emptied] });
    const { out } = await vigilctl(['status']);
    expect(out).toContain('the repository is gone');
    expect(out).not.toContain('found no manifests');
  });

  describe('import --from-host', () => {
    const described = (name: string) => ({
      config: {
        command: [],
        env: {},
        ports: [],
        container: {
          id: name,
          name,
          image: { reference: 'web:1', id: 'sha256:1', currentId: 'sha256:1', repoDigests: [] },
          entrypoint: [],
          mounts: [],
          networks: ['bridge'],
          labels: {},
          capabilities: { add: [], drop: [] },
          readOnly: false,
          logging: { driver: 'json-file', options: {} },
          resources: {},
          restartPolicy: 'always',
        },
      },
      inherited: ['command', 'entrypoint', 'user', 'workingDir', 'logging'],
      digests: {},
      unsayable: name === 'odd' ? ['privileged mode'] : [],
    });
    const agent = {
      id: 'web-1',
      host: 'web-1',
      labels: {},
      status: 'connected',
      enrolledAt: '2026-01-01T00:00:00.000Z',
    };
    const hostRuns = (...names: string[]) => {
      answers['GET /agents'] = { status: 200, body: { items: [agent], nextCursor: null } };
      answers['POST /agents/web-1/describe'] = {
        status: 200,
        body: { containers: names.map(described), refused: [], omitted: [] },
      };
      answers['GET /manifests'] = { status: 200, body: { items: [], nextCursor: null } };
    };
    const inForce = (kind: string, name: string, source: string | null) => ({
      resource: `default/${kind}/${name}`,
      namespace: 'default',
      kind,
      name,
      source,
      revision: null,
      checksum: null,
      sync: 'Synced',
      health: 'Healthy',
    });

    it('asks for the containers that are named, and writes a file for each manifest', async () => {
      hostRuns('one', 'two');
      const { exitCode, out, err } = await vigilctl(
        ['import', '--from-host', 'web-1', 'one', 'two', '-o', 'out'],
        {},
      );
      expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
      expect(out.split('\n')).toEqual([
        'wrote host-web-1.yaml',
        'wrote default/one.yaml',
        'wrote default/two.yaml',
      ]);
      expect(seen.find(({ method }) => method === 'POST')?.body).toBe(
        '{"containers":["one","two"]}',
      );
      const written = readFileSync(join(directory, 'deep/er/out/default/one.yaml'), 'utf8');
      expect(written).toMatch(/mode: observe/);
    });

    it('writes nothing when one of the files exists, or something cannot be said', async () => {
      hostRuns('one', 'odd');
      const out = join(directory, 'out');
      mkdirSync(join(out, 'default'), { recursive: true });
      writeFileSync(join(out, 'default/one.yaml'), 'mine');
      const taken = await vigilctl(['import', '--from-host', 'web-1', '-o', out]);
      expect(taken.exitCode).toBe(2);
      expect(taken.err).toMatch(/odd: warning: privileged mode cannot be said/);
      expect(taken.err).toMatch(/cannot write default\/one\.yaml: it exists already/);
      expect(readdirSync(join(out, 'default'))).toEqual(['one.yaml']);
      expect(readFileSync(join(out, 'default/one.yaml'), 'utf8')).toBe('mine');
      const strict = await vigilctl(['import', '--from-host', 'web-1', '--strict']);
      expect(strict).toMatchObject({ exitCode: 1, out: '' });
      expect(strict.err).toMatch(/nothing is written$/);
    });

    it('leaves a file that says the same: two imports name one host', async () => {
      const out = join(directory, 'out');
      hostRuns('one');
      expect(await vigilctl(['import', '--from-host', 'web-1', '-o', out])).toMatchObject({
        out: 'wrote host-web-1.yaml\nwrote default/one.yaml',
      });
      hostRuns('two');
      expect(await vigilctl(['import', '--from-host', 'web-1', '-o', out])).toMatchObject({
        exitCode: 0,
        out: 'host-web-1.yaml is there already\nwrote default/two.yaml',
      });
    });

    it('leaves out what is excluded', async () => {
      hostRuns('one', 'odd');
      const args = ['import', '--from-host', 'web-1', '--exclude', 'other, odd', '--strict'];
      const { exitCode, out, err } = await vigilctl([...args, '-o', join(directory, 'out')]);
      expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
      expect(out).toBe('wrote host-web-1.yaml\nwrote default/one.yaml');
    });

    it('looks at what is in force for names, and for the host', async () => {
      hostRuns('one');
      const importedWith = async (...items: unknown[]) => {
        answers['GET /manifests'] = { status: 200, body: { items, nextCursor: null } };
        return vigilctl([
          'import',
          '--from-host',
          'web-1',
          '-o',
          join(directory, `${items.length}`),
        ]);
      };
      const host = inForce('Host', 'web-1', 'git');
      const labelless = await importedWith(inForce('Service', 'one', 'git'), host);
      expect(labelless.out).toBe('wrote default/one-web-1.yaml');
      expect(labelless.err).toContain('write host: web-1 into its spec.labels');
      expect(await importedWith({ ...host, source: null })).toMatchObject({
        out: 'wrote host-web-1.yaml\nwrote default/one.yaml',
        err: '',
      });
    });

    it('says what is odd in words that no terminal obeys', async () => {
      hostRuns('odd');
      const escaping = { ...described('odd'), unsayable: ['tmpfs /t\x1b[2J'] };
      answers['POST /agents/web-1/describe'] = {
        status: 200,
        body: { containers: [escaping], refused: [], omitted: [] },
      };
      const { err } = await vigilctl(['import', '--from-host', 'web-1']);
      expect(err).toContain('odd: warning: tmpfs /t\\u001b[2J cannot be said');
    });

    it('knows hosts that have no agent', async () => {
      hostRuns('one');
      expect(await vigilctl(['import', '--from-host', 'nowhere'])).toMatchObject({
        exitCode: 5,
        err: expect.stringContaining('no agent of nowhere is enrolled'),
      });
    });

    it.each([
      [[]],
      [['--from-host', 'web-1', '--from-compose', 'compose.yaml']],
      [['--from-host', 'web-1', '--project', 'shop']],
      [['--from-compose', 'compose.yaml', 'container']],
      [['--from-compose', 'compose.yaml', '--exclude', 'container']],
    ])('is refused with %j', async (args) => {
      expect(await vigilctl(['import', ...args])).toMatchObject({ exitCode: 2 });
      expect(seen).toEqual([]);
    });
  });

  it('validates offline, also without an installation', async () => {
    const good = join(directory, 'good.yaml');
    const bad = join(directory, 'bad.yaml');
    const manifest = (replicas: string) =>
      `apiVersion: vigil.io/v1\nkind: Service\nmetadata: { name: web }\nspec:\n  runtime: process\n  command: [web]\n  replicas: ${replicas}\n`;
    writeFileSync(good, manifest('2'));
    writeFileSync(bad, manifest('two'));

    expect(await vigilctl(['validate', good])).toMatchObject({ exitCode: 0 });
    const { exitCode, out } = await vigilctl(['validate', bad, '--json']);
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toEqual({
      documents: [
        {
          file: bad,
          line: 1,
          kind: 'Service',
          name: 'web',
          valid: false,
          errors: [
            {
              path: '/spec/replicas',
              line: 7,
              message: 'found "two", expected a whole number of replicas, from 0 to 10000',
            },
          ],
        },
      ],
    });
    expect(seen).toEqual([]);
  });
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: string[] = [];
  for await (const chunk of request.setEncoding('utf8')) chunks.push(String(chunk));
  return chunks.join('');
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return address.port;
}
