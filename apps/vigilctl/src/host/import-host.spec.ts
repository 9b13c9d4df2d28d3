import type { DescribedContainer, HostDescription } from '@vigil/contracts';
import { load } from 'js-yaml';
import { importHost, type HostSource } from './import-host.js';

interface Changes extends Partial<Omit<DescribedContainer, 'config'>> {
  readonly name?: string;
  readonly config?: Partial<Omit<DescribedContainer['config'], 'container'>>;
  readonly container?: Partial<DescribedContainer['config']['container']>;
}

const ID = `sha256:${'a'.repeat(64)}`;
const OTHER_ID = `sha256:${'b'.repeat(64)}`;
const DIGEST = `sha256:${'c'.repeat(64)}`;
const ALL_INHERITED = ['command', 'entrypoint', 'user', 'workingDir', 'logging'] as const;

/** An ordinary container, that of `docker run nginx:1`. */
function container(changes: Changes = {}): DescribedContainer {
  const { name = 'web', config, container: given, ...rest } = changes;
  return {
    inherited: [...ALL_INHERITED],
    digests: {},
    unsayable: [],
    ...rest,
    config: {
      command: ['nginx'],
      env: {},
      workingDir: '/srv',
      ports: [],
      ...config,
      container: {
        id: `id-of-${name}`,
        name,
        image: { reference: 'nginx:1', id: ID, currentId: ID, repoDigests: [] },
        entrypoint: ['/start'],
        mounts: [],
        networks: ['bridge'],
        labels: {},
        capabilities: { add: [], drop: [] },
        readOnly: false,
        logging: { driver: 'json-file', options: {} },
        resources: {},
        restartPolicy: 'always',
        ...given,
      },
    },
  };
}

function image(given: Partial<DescribedContainer['config']['container']['image']>) {
  return { image: { reference: 'nginx:1', id: ID, currentId: ID, repoDigests: [], ...given } };
}

const file = (of: string, name: string) => `/srv/agent/imported/${of}/${name}`;

/** Variables as the agent tells them: by the files that hold them. */
function variables(of: string, digests: Readonly<Record<string, string>>): Changes {
  const env = Object.fromEntries(
    Object.keys(digests).map((name) => [name, { secretRef: { file: file(of, name) } }]),
  );
  return { digests: { ...digests }, config: { env } };
}

function compose(service: string, number: number, more: Changes = {}): DescribedContainer {
  const name = `shop-${service}-${number}`;
  return container({
    name,
    compose: { project: 'shop', service, number, dependsOn: [] },
    ...more,
    container: {
      networks: ['shop_default'],
      labels: { 'com.docker.compose.service': service, team: 'shop' },
      ...more.container,
    },
  });
}

function imported(
  containers: DescribedContainer[],
  more: Partial<HostDescription> = {},
  source: Partial<HostSource> = {},
) {
  const description = { containers, refused: [], omitted: [], ...more };
  const labels = { host: 'web-1' };
  return importHost({
    host: 'web-1',
    description,
    labels,
    isDeclared: false,
    taken: new Set(),
    areNamed: false,
    ...source,
  });
}

/** The only manifest, of which nothing had to be said. */
function manifestOf(...containers: DescribedContainer[]): unknown {
  const { files, notes } = imported(containers);
  expect(notes).toEqual([]);
  expect(files).toHaveLength(1);
  return load(files[0]?.text ?? '');
}

const messagesOf = (...containers: DescribedContainer[]) =>
  imported(containers).notes.map(
    ({ severity, place, message }) => `${severity} ${place}: ${message}`,
  );

describe('importHost', () => {
  it('takes an ordinary container over where it is, and declares nothing of its image', () => {
    const manifest = manifestOf(container());
    expect(manifest).toMatchObject({
      metadata: { name: 'web', namespace: 'default' },
      spec: {
        runtime: 'docker',
        image: 'nginx:1',
        replicas: 1,
        adopt: ['web'],
        placement: { hosts: { matchLabels: { host: 'web-1' } } },
        remediation: { mode: 'observe' },
        env: {},
        ports: [],
        volumes: [],
        stopGracePeriod: '10s',
      },
    });
    const undeclared = [
      'command',
      'entrypoint',
      'user',
      'workingDir',
      'logging',
      'networks',
      'labels',
      'capabilities',
      'readOnly',
      'resources',
      'healthCheck',
      'pullPolicy',
    ];
    for (const field of undeclared) expect(manifest).not.toHaveProperty(['spec', field]);
  });

  it.each<[string, Changes, object]>([
    [
      'what is its own',
      { inherited: ['user'], config: { user: 'root' } },
      {
        command: ['nginx'],
        entrypoint: ['/start'],
        workingDir: '/srv',
        logging: { driver: 'json-file', options: {} },
      },
    ],
    [
      'variables by the files that hold them',
      variables('web', { A: 'digest-of-the-value', 'discovery.type': 'another-long-digest' }),
      {
        env: {
          A: { secretRef: { file: file('web', 'A') } },
          'discovery.type': { secretRef: { file: file('web', 'discovery.type') } },
        },
      },
    ],
    [
      'ports',
      {
        config: {
          ports: [
            { port: 80, hostPort: 8080, fixed: true },
            { port: 81, hostPort: 32768, fixed: false },
          ],
        },
      },
      { ports: ['8080:80', '81'] },
    ],
    [
      'mounts',
      {
        container: {
          mounts: [
            { source: 'data', target: '/d', readOnly: false },
            { source: '/etc/web', target: '/c', readOnly: true },
          ],
        },
      },
      { volumes: ['data:/d', '/etc/web:/c:ro'] },
    ],
    ['networks', { container: { networks: ['back', 'front'] } }, { networks: ['back', 'front'] }],
    [
      'the network of the host, which has no published ports',
      { container: { networks: ['host'] }, config: { ports: [] } },
      { networks: ['host'], ports: [] },
    ],
    ['no network', { container: { networks: ['none'] } }, { networks: ['none'] }],
    ['labels', { container: { labels: { a: 'b' } } }, { labels: { a: 'b' } }],
    [
      'capabilities',
      { container: { capabilities: { add: ['NET_ADMIN'], drop: [] } } },
      { capabilities: { add: ['NET_ADMIN'] } },
    ],
    ['a root that is read only', { container: { readOnly: true } }, { readOnly: true }],
    [
      'limits',
      { container: { resources: { cpuCores: 1 / 3, memoryBytes: 64 * 1024 ** 2 } } },
      { resources: { cpu: '333333333n', memory: '64Mi' } },
    ],
    [
      'the time that it may take to stop',
      { stopGracePeriodMs: 90_000 },
      { stopGracePeriod: '1m30s' },
    ],
    [
      'the check of its engine',
      {
        healthCheck: {
          command: ['/bin/sh', '-c', 'true'],
          intervalMs: 2_000,
          timeoutMs: 30_000,
          startPeriodMs: 0,
          retries: 5,
        },
      },
      {
        healthCheck: {
          exec: ['/bin/sh', '-c', 'true'],
          interval: '2s',
          timeout: '30s',
          failureThreshold: 5,
          startPeriod: '0s',
        },
      },
    ],
  ])('says %s', (_what, changes, expected) => {
    expect(manifestOf(container(changes))).toMatchObject({ spec: expected });
  });

  it.each<[string, ReturnType<typeof image>, string, string]>([
    ['made from an id', image({ reference: ID }), ID, 'it was made from an id'],
    [
      'made from the beginning of an id',
      image({ reference: 'a'.repeat(12) }),
      ID,
      'it was made from an id',
    ],
    [
      'whose tag has moved',
      image({ currentId: OTHER_ID, repoDigests: [`other@${DIGEST}`, `nginx@${DIGEST}`] }),
      `nginx@${DIGEST}`,
      'nginx:1 names another image by now',
    ],
    [
      'whose tag has moved, built here',
      image({ currentId: OTHER_ID }),
      ID,
      'nginx:1 names another image by now',
    ],
  ])('pins the image of a container %s', (_what, given, expected, reason) => {
    const { files, notes } = imported([container({ container: given })]);
    expect(load(files[0]?.text ?? '')).toMatchObject({ spec: { image: expected } });
    expect(notes).toEqual([
      {
        severity: 'warning',
        place: 'web',
        message: `${reason}: the manifest names what runs, ${expected}`,
      },
    ]);
  });

  it('pins the image of a container whose tag names nothing any more', () => {
    const { image: known } = image({});
    const { currentId: _gone, ...gone } = known;
    const { files } = imported([container({ container: { image: gone } })]);
    expect(load(files[0]?.text ?? '')).toMatchObject({ spec: { image: ID } });
  });

  it('leaves an image as it is that was given by its digest', () => {
    const reference = `registry:5000/nginx@${DIGEST}`;
    expect(manifestOf(container({ container: image({ reference }) }))).toMatchObject({
      spec: { image: reference },
    });
  });
});

describe('containers of Compose', () => {
  it('are replicas of one service when one manifest can say what they are', () => {
    const two = compose('api', 2, variables('shop-api-2', { A: 'digest-of-the-value' }));
    const one = compose('api', 1, variables('shop-api-1', { A: 'digest-of-the-value' }));
    expect(manifestOf(two, one)).toMatchObject({
      metadata: { name: 'api', namespace: 'shop' },
      spec: {
        replicas: 2,
        adopt: ['shop-api-1', 'shop-api-2'],
        env: { A: { secretRef: { file: file('shop-api-1', 'A') } } },
        labels: { team: 'shop' },
        networks: ['shop_default'],
      },
    });
  });

  it('get a manifest each when they differ, and people are told in what', () => {
    const one = compose('api', 1, variables('shop-api-1', { A: 'digest-of-the-value' }));
    const two = compose('api', 2, variables('shop-api-2', { A: 'digest-of-another' }));
    const { files, notes } = imported([one, two]);
    expect(files.map(({ name }) => name)).toEqual(['shop/api-1.yaml', 'shop/api-2.yaml']);
    expect(notes.map(({ severity, place, message }) => `${severity} ${place}: ${message}`)).toEqual(
      [
        'warning shop-api-1: the containers of api differ in env: each gets a manifest of its own',
        'warning shop-api-2: the containers of api differ in env: each gets a manifest of its own',
      ],
    );
  });

  it('refer to each other as far as they are imported', () => {
    const dependsOn = [
      { service: 'db', condition: 'service_healthy' },
      { service: 'cache', condition: 'service_started' },
    ];
    const web = compose('web', 1, {
      compose: { project: 'shop', service: 'web', number: 1, dependsOn },
    });
    const { files, notes } = imported([web, compose('db', 1)]);
    const text = files.find(({ name }) => name === 'shop/web.yaml')?.text ?? '';
    expect(load(text)).toMatchObject({ spec: { dependsOn: ['shop/Service/db'] } });
    expect(notes.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^condition service_healthy of its dependency on db cannot be said/),
      'depends on cache, which is not imported: that is left out',
    ]);
  });

  it('have names that manifests may have, each its own', () => {
    const { files, notes } = imported([
      container({ name: 'My_Web' }),
      container({ name: 'my-web' }),
      compose('db', 1, { compose: { project: 'a_b', service: 'db', number: 1, dependsOn: [] } }),
    ]);
    expect(files.map(({ name }) => name).sort()).toEqual([
      'a-b/db.yaml',
      'default/my-web-2.yaml',
      'default/my-web.yaml',
    ]);
    expect(notes.map(({ place }) => place)).toEqual(['My_Web', 'my-web', 'shop-db-1']);
    expect(notes[2]?.message).toMatch(/^is named a-b\/db instead of a_b\/db/);
  });
});

describe('what people are told', () => {
  it.each<[string, Changes, string]>([
    [
      'what no manifest says',
      { unsayable: ['privileged mode'] },
      'warning web: privileged mode cannot be said in a manifest; it is left as it is while the container lives',
    ],
    [
      'that it will be kept running',
      { unsayable: ['restart policy no'] },
      'warning web: restart policy no: what Vigil looks after is kept running: made anew, it has restart policy unless-stopped',
    ],
    [
      'that a volume has no name',
      { container: { mounts: [{ source: 'f'.repeat(64), target: '/v', readOnly: false }] } },
      'warning web: /v: a volume without a name is kept when the container is made anew, and not declared',
    ],
    ...(
      [
        ['label token', { container: { labels: { token: 'x', 'com.docker.compose.x': 'y' } } }],
        [
          'logging option splunk-token',
          {
            inherited: ['command'],
            container: {
              entrypoint: [],
              logging: { driver: 'splunk', options: { 'splunk-token': 'x' } },
            },
          },
        ],
        ['its command', { inherited: [], config: { command: ['nginx', '--token=x'] } }],
        [
          'its health check',
          {
            healthCheck: {
              command: ['curl', 'http://a:x@localhost'],
              intervalMs: 30_000,
              timeoutMs: 30_000,
              startPeriodMs: 0,
              retries: 3,
            },
          },
        ],
      ] satisfies [string, Changes][]
    ).map(([what, changes]): [string, Changes, string] => [
      `a secret: ${what}`,
      changes,
      `warning web: ${what} seems to hold a secret, which stands in the manifest in clear: see to it before it goes to Git`,
    ]),
    [
      'what a manifest may not say',
      { container: { networks: ['a/b'] } },
      'error default/web/spec/networks/0: found "a/b", expected the name of a network',
    ],
    [
      'what would differ: a variable that no file holds',
      { config: { env: { A: { digest: '0'.repeat(32) } } }, digests: { A: '0'.repeat(32) } },
      `error web: /env/A would differ: the container has {"digest":"${'0'.repeat(32)}"}, the manifest says null`,
    ],
    [
      'what would differ: a mount that has no source',
      { container: { mounts: [{ source: '', target: '/x', readOnly: false }] } },
      'error default/web/spec/volumes/0: found ":/x", expected a volume such as web-data:/var/www or /srv/www:/var/www:ro',
    ],
  ])('%s', (_what, changes, expected) => {
    expect(messagesOf(container(changes))).toEqual([expected]);
  });

  it('that a name is taken, as on the next of many hosts', () => {
    const taken = new Set(['default/web', 'default/web-web-1']);
    const { files, notes } = imported([container()], {}, { taken });
    expect(files.map(({ name }) => name)).toEqual(['default/web-web-1-2.yaml']);
    expect(notes).toMatchObject([
      {
        severity: 'warning',
        message: expect.stringMatching(/^is named default\/web-web-1-2 instead of default\/web,/),
      },
    ]);
  });

  it('writes nothing of what has an error', () => {
    expect(imported([container({ container: { networks: ['a/b'] } })]).files).toEqual([]);
  });

  it.each([
    [true, 'error', 'cannot be imported: it does not run (paused)'],
    [false, 'warning', 'is left out: it does not run (paused)'],
  ] as const)(
    'what could not be described, asked for: %s, and what had no room',
    (areNamed, severity, message) => {
      const refused = [{ name: 'asleep', why: 'it does not run (paused)' }];
      const more = { refused, omitted: ['late'] };
      const { files, notes } = imported([container()], more, { areNamed });
      expect(files).toHaveLength(1);
      expect(notes).toEqual([
        { severity, place: 'asleep', message },
        {
          severity: 'warning',
          place: 'late',
          message:
            'is left out: one answer has no room for more, or no time; import it by its name',
        },
      ]);
    },
  );

  it('that nothing is there', () => {
    expect(imported([])).toEqual({
      files: [],
      notes: [
        {
          severity: 'error',
          place: 'web-1',
          message: 'found no container that a manifest could take over',
        },
      ],
    });
  });
});

describe('the host', () => {
  it('gets the label that the manifests choose it by, unless it has it', () => {
    const { files } = imported([container()], {}, { labels: { role: 'web' } });
    const host = files.find(({ name }) => name === 'host-web-1.yaml');
    expect(load(host?.text ?? '')).toMatchObject({
      kind: 'Host',
      metadata: { name: 'web-1' },
      spec: { labels: { host: 'web-1' } },
    });
  });

  it('is left to the manifest that it has already', () => {
    const { files, notes } = imported([container()], {}, { labels: {}, isDeclared: true });
    expect(files.map(({ name }) => name)).toEqual(['default/web.yaml']);
    expect(notes.map(({ message }) => message)).toEqual([
      'has a manifest without the label host: write host: web-1 into its spec.labels, or no host is found',
    ]);
  });
});
