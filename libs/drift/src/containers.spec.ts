import type { Service } from '@vigil/manifests';
import fc from 'fast-check';
import { compareReplica, isChangedInPlace, needsNewLaunch } from './compare-replica.js';
import { compareResource } from './compare-resource.js';
import type {
  ComparisonInput,
  ContainerConfig,
  DesiredService,
  ExactImage,
  ReplicaState,
} from './drift.js';
import { contained, engineReports, IMAGE_ID, OTHER_IMAGE_ID } from './testing/container.js';
import { fleet, host, service } from './testing/fleet.js';

type Spec = Partial<Service['spec']>;

const DIGEST = `sha256:${'c'.repeat(64)}`;
const BASE: Spec = {
  runtime: 'docker',
  image: 'nginx:1.27',
  command: undefined,
  env: {},
  ports: [],
};

const desired = (spec: Spec = {}, digest = 'd1'): DesiredService => ({
  service: service({ ...BASE, ...spec }),
  digest,
});

/** `path: desired → observed` of each difference. */
function told(effective: DesiredService, replica: ReplicaState, applied?: Service): string[] {
  return compareReplica(effective, replica, applied).map(
    ({ path, desired: wanted, observed }) =>
      `${path}: ${JSON.stringify(wanted)} → ${JSON.stringify(observed)}`,
  );
}

describe('the image of a container', () => {
  const image = (changes: Partial<ContainerConfig['image']>): Partial<ContainerConfig> => ({
    image: { ...engineReports(desired()).image, ...changes },
  });

  it.each<[string, string, Partial<ContainerConfig>, string[]]>([
    ['the same', 'nginx:1.27', image({}), []],
    ['written in full', 'nginx', image({ reference: 'docker.io/library/nginx:latest' }), []],
    ['another tag', 'nginx:1.28', image({}), ['/image: "nginx:1.28" → "nginx:1.27"']],
    [
      'another registry',
      'nginx:1.27',
      image({ reference: 'mirror.example.org/nginx:1.27' }),
      ['/image: "nginx:1.27" → "mirror.example.org/nginx:1.27"'],
    ],
    [
      'a tag that was moved',
      'nginx:1.27',
      image({ currentId: OTHER_IMAGE_ID }),
      ['/image: "nginx:1.27 (sha256:bbbbbbbbbbbb)" → "nginx:1.27 (sha256:aaaaaaaaaaaa)"'],
    ],
    ['a tag that names nothing any more', 'nginx:1.27', image({ currentId: undefined }), []],
    [
      'a digest, started by its tag',
      `nginx@${DIGEST}`,
      image({ repoDigests: [`nginx@${DIGEST}`] }),
      [],
    ],
    [
      'a digest with a tag, which was moved',
      `nginx:1.27@${DIGEST}`,
      image({ currentId: OTHER_IMAGE_ID, repoDigests: [`docker.io/library/nginx@${DIGEST}`] }),
      [],
    ],
    [
      'a digest whose name is gone from the host',
      `nginx@${DIGEST}`,
      image({ reference: `nginx:1@${DIGEST}`, repoDigests: [] }),
      [],
    ],
    [
      'another digest',
      `nginx@${DIGEST}`,
      image({ repoDigests: ['nginx@sha256:old'] }),
      [`/image: "nginx@${DIGEST}" → "nginx@sha256:old"`],
    ],
    [
      'the digest under another name',
      `nginx@${DIGEST}`,
      image({ repoDigests: [`mirror.example.org/nginx@${DIGEST}`] }),
      [`/image: "nginx@${DIGEST}" → "nginx:1.27"`],
    ],
    ['an id', IMAGE_ID, image({ reference: IMAGE_ID }), []],
    ['the beginning of an id', IMAGE_ID.slice(0, 19), image({}), []],
    [
      'another id',
      OTHER_IMAGE_ID,
      image({ reference: IMAGE_ID }),
      [`/image: "${OTHER_IMAGE_ID}" → "${IMAGE_ID}"`],
    ],
  ])('%s', (_what, wanted, container, expected) => {
    expect(told(desired({ image: wanted }), contained(desired(), container))).toEqual(expected);
  });

  const repoDigests = [`docker.io/library/nginx@${DIGEST}`];
  const moved = image({ currentId: OTHER_IMAGE_ID });

  it.each<[string, ExactImage[], Partial<ContainerConfig>, string[]]>([
    ['by its id, whatever its tag names', [{ id: IMAGE_ID, repoDigests: [] }], moved, []],
    [
      'one of several',
      [
        { id: OTHER_IMAGE_ID, repoDigests: [] },
        { id: IMAGE_ID, repoDigests: [] },
      ],
      moved,
      [],
    ],
    [
      'by what registries know it by',
      [{ id: 'sha256:of-another-platform', repoDigests }],
      image({ repoDigests: [`nginx@${DIGEST}`] }),
      [],
    ],
    [
      'none of them, though its tag names it',
      [{ id: OTHER_IMAGE_ID, repoDigests: [] }],
      image({}),
      ['/image: "nginx:1.27 (sha256:bbbbbbbbbbbb)" → "nginx:1.27 (sha256:aaaaaaaaaaaa)"'],
    ],
  ])('exactly: %s', (_what, images, container, expected) => {
    const { service: web, digest } = desired();
    const wanted = { service: web, digest, images };
    expect(told(wanted, contained(desired(), container))).toEqual(expected);
  });
});

describe('the fields of a container', () => {
  const limits = { cpuCores: 0.5, memoryBytes: 2 ** 30 };

  it.each<[string, Spec, Partial<ContainerConfig>, string[]]>([
    ['limits as they are', { resources: limits }, {}, []],
    [
      'limits that were changed',
      { resources: limits },
      { resources: { cpuCores: 1.5, memoryBytes: 2 ** 29 } },
      ['/resources/cpu: "500m" → "1500m"', '/resources/memory: "1Gi" → "512Mi"'],
    ],
    [
      'a limit that was taken away',
      { resources: limits },
      { resources: { cpuCores: 0.5 } },
      ['/resources/memory: "1Gi" → null'],
    ],
    ['a limit that nobody asked for', {}, { resources: limits }, []],
    [
      'a volume that is missing',
      { volumes: ['data:/var/lib'] },
      { mounts: [] },
      ['/volumes: ["data:/var/lib"] → []'],
    ],
    [
      'a volume that can be written',
      { volumes: ['/srv/www:/www:ro'] },
      { mounts: [{ source: '/srv/www', target: '/www', readOnly: false }] },
      ['/volumes: ["/srv/www:/www:ro"] → ["/srv/www:/www"]'],
    ],
    [
      'a mount that was added',
      {},
      { mounts: [{ source: '/etc', target: '/host-etc', readOnly: false }] },
      ['/volumes: [] → ["/etc:/host-etc"]'],
    ],
    [
      "the image's own volume at the place of a declared one",
      { volumes: ['data:/data'] },
      { mounts: [{ source: 'e'.repeat(64), target: '/data', readOnly: false }] },
      [`/volumes: ["data:/data"] → ["${'e'.repeat(64)}:/data"]`],
    ],
    ['volumes written with rw and a slash', { volumes: ['/srv/:/www/:rw'] }, {}, []],
    [
      'another network',
      { networks: ['front', 'back'] },
      { networks: ['back'] },
      ['/networks: ["back","front"] → ["back"]'],
    ],
    ['a network that nobody asked for', {}, { networks: ['front'] }, []],
    [
      "the engine's network by its other name",
      { networks: ['bridge'] },
      { networks: ['default'] },
      [],
    ],
    [
      'a label that was changed',
      { labels: { team: 'web', 'a/b': '1' } },
      { labels: { team: 'db', 'a/b': '1', added: 'x' } },
      ['/labels/team: "web" → "db"'],
    ],
    [
      'capabilities',
      { capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] } },
      { capabilities: { add: ['CAP_SYS_TIME', 'NET_ADMIN'], drop: ['ALL'] } },
      ['/capabilities/add: ["NET_ADMIN"] → ["NET_ADMIN","SYS_TIME"]'],
    ],
    [
      'capabilities that nobody asked for',
      { capabilities: { drop: ['ALL'] } },
      { capabilities: { add: ['SYS_TIME'], drop: ['ALL'] } },
      [],
    ],
    [
      'a file system that can be written',
      { readOnly: true },
      { readOnly: false },
      ['/readOnly: true → false'],
    ],
    [
      'other logging',
      { logging: { driver: 'json-file', options: { 'max-size': '10m' } } },
      { logging: { driver: 'local', options: {} } },
      ['/logging/driver: "json-file" → "local"', '/logging/options/max-size: "10m" → null'],
    ],
    [
      'another entrypoint',
      { entrypoint: ['/run'] },
      { entrypoint: ['sh'] },
      ['/entrypoint: ["/run"] → ["sh"]'],
    ],
    ['an entrypoint that nobody asked for', {}, { entrypoint: ['sh'] }, []],
    [
      'a restart policy of its own',
      {},
      { restartPolicy: 'no' },
      ['/restartPolicy: "unless-stopped" → "no"'],
    ],
    [
      'what is ignored',
      { readOnly: true, drift: { ignore: ['/readOnly'] } },
      { readOnly: false },
      [],
    ],
  ])('%s', (_what, spec, container, expected) => {
    const effective = desired(spec);
    expect(told(effective, contained(effective, container))).toEqual(expected);
  });

  const config = (effective: DesiredService, changes: Partial<ReplicaState['config']>) => {
    const replica = contained(effective);
    return { ...replica, config: { ...replica.config, ...changes } };
  };

  it.each<[string, Spec, Partial<ReplicaState['config']>, string[]]>([
    [
      'a variable that was changed or added, whose values stay on the host',
      { env: { MODE: 'live', P: { secretRef: { file: '/p' } } } },
      {
        env: {
          MODE: { digest: '1'.repeat(32) },
          P: { digest: '2'.repeat(32) },
          DEBUG: { digest: '3'.repeat(32) },
        },
      },
      [
        `/env/DEBUG: null → {"digest":"${'3'.repeat(32)}"}`,
        `/env/MODE: "live" → {"digest":"${'1'.repeat(32)}"}`,
        `/env/P: {"secretRef":{"file":"/p"}} → {"digest":"${'2'.repeat(32)}"}`,
      ],
    ],
    ['another command', { command: ['a'] }, { command: ['b'] }, ['/command: ["a"] → ["b"]']],
    ["the image's command", { entrypoint: ['/run'] }, { command: ['b'] }, []],
    [
      'ports in another order',
      { ports: [{ port: 80 }, { port: 53, hostPort: 53 }] },
      {
        ports: [
          { port: 53, hostPort: 53, fixed: true },
          { port: 80, hostPort: 49_153, fixed: false },
        ],
      },
      [],
    ],
    [
      'a port that was published by hand',
      {},
      { ports: [{ port: 80, hostPort: 8080, fixed: true }] },
      ['/ports: [] → ["8080:80"]'],
    ],
    [
      'a port of another protocol, or on another address of the host',
      {
        ports: [
          { port: 53, hostPort: 53, protocol: 'udp' },
          { port: 80, hostAddress: '10.0.0.1' },
        ],
      },
      {
        ports: [
          { port: 53, hostPort: 53, fixed: true },
          { port: 80, hostPort: 49_153, fixed: false },
        ],
      },
      ['/ports: ["10.0.0.1::80","53:53/udp"] → ["53:53","80"]'],
    ],
    [
      'ports of UDP and of one address as they are',
      {
        ports: [
          { port: 53, protocol: 'udp' },
          { port: 80, hostPort: 80, hostAddress: '10.0.0.1' },
        ],
      },
      {
        ports: [
          { port: 53, hostPort: 49_153, fixed: false, protocol: 'udp' },
          { port: 80, hostPort: 80, fixed: true, hostAddress: '10.0.0.1' },
        ],
      },
      [],
    ],
    ['ports of the host itself', { networks: ['host'], ports: [{ port: 80 }] }, { ports: [] }, []],
  ])('%s', (_what, spec, changes, expected) => {
    const effective = desired(spec);
    expect(told(effective, config(effective, changes))).toEqual(expected);
  });

  it('tells a field that the manifest of before set, and this one does not', () => {
    const before = desired({ user: 'www', readOnly: true, resources: limits }, 'd0');
    const now = desired({ resources: { cpuCores: 0.5 } });
    expect(told(now, contained(before), before.service)).toEqual([
      '/readOnly: null → true',
      '/resources/memory: null → "1Gi"',
      '/user: null → "www"',
    ]);
    // what is there is not what the manifest of before set: the image's own
    const root = contained(before, { readOnly: false, resources: { cpuCores: 0.5 } });
    expect(
      told(now, { ...root, config: { ...root.config, user: 'root' } }, before.service),
    ).toEqual([]);
    expect(told(now, contained(before))).toEqual([]);
  });

  it('asks for a record of what it finds without one, and for nothing that follows from that', () => {
    const effective = desired({
      env: { MODE: 'live' },
      healthCheck: service().spec.healthCheck,
      resources: limits,
    });
    const replica = config(effective, {
      env: { MODE: { digest: '1'.repeat(32) } },
      healthCheck: undefined,
    });
    expect(told(effective, { ...replica, unrecorded: true })).toEqual([
      ': "recorded" → "unrecorded"',
    ]);
    const changed = contained(effective, { readOnly: false, resources: {} }, { unrecorded: true });
    expect(told(desired({ ...effective.service.spec, readOnly: true }), changed)).toContain(
      '/readOnly: true → false',
    );
  });
});

describe('what is in the way of a replica', () => {
  const effective = desired({
    ports: [
      { port: 80, hostPort: 8080 },
      { port: 53, hostPort: 53, protocol: 'udp' },
    ],
  });
  const unmanaged = (changes: object) => ({
    id: '0123456789abcdef',
    name: 'old',
    image: 'nginx:1.27',
    hostPorts: [],
    ...changes,
  });
  const input = (obstacle: object, observed: ComparisonInput['observed'] = []) =>
    fleet({
      effective,
      observed,
      hosts: [host('a', { runtimes: ['docker'], unmanaged: [unmanaged(obstacle)] })],
      containerName: (on, replica) => `vigil-${on}-${replica}`,
    });
  const only = (comparison: ComparisonInput) =>
    compareResource(comparison).differences.map(({ type, path, observed }) => [
      type,
      path,
      observed,
    ]);

  it.each<[string, object, unknown[]]>([
    ['nothing', {}, ['missing', '/replicas', null]],
    ['another port', { hostPorts: [80] }, ['missing', '/replicas', null]],
    ['the port of another protocol', { hostPorts: [53] }, ['missing', '/replicas', null]],
    [
      'its port',
      { hostPorts: [443, 8080] },
      [
        'conflict',
        '/ports',
        'container old (nginx:1.27, 0123456789ab), which Vigil does not manage, has host port 8080',
      ],
    ],
    [
      'its name',
      { name: 'vigil-a-0' },
      [
        'conflict',
        '',
        'container vigil-a-0 (nginx:1.27, 0123456789ab), which Vigil does not manage, has its name',
      ],
    ],
  ])('%s', (_what, obstacle, expected) => {
    expect(only(input(obstacle))).toEqual([expected]);
  });

  it('is no matter while the replica runs', () => {
    const observed = [{ host: 'a', replica: contained(effective) }];
    expect(only(input({ hostPorts: [8080] }, observed))).toEqual([]);
  });

  it('is another fault when it is another container', () => {
    const cause = (id: string) => compareResource(input({ id, hostPorts: [8080] })).differences[0];
    expect(cause('a')?.id).toBe(cause('b')?.id);
    expect(cause('a')?.causeKey).not.toBe(cause('b')?.causeKey);
  });

  it.each([
    [
      'is taken over when the manifest says so',
      { adoptable: true },
      ['missing', '/adopt', 'unmanaged'],
    ],
    ['is in the way while it cannot be', {}, ['conflict', '/ports', expect.any(String)]],
    [
      'is in the way when the manifest means another',
      { adoptable: true, name: 'older' },
      ['conflict', '/ports', expect.any(String)],
    ],
  ])('%s', (_what, changes, expected) => {
    const adopting = desired({ ...effective.service.spec, adopt: ['old'] });
    const found = input({ hostPorts: [8080], ...changes });
    expect(only({ ...found, effective: adopting })).toEqual([expected]);
  });

  it('is taken over also when it does not run, unless the replica had a container already', () => {
    const adopting = desired({ ...effective.service.spec, adopt: ['old'] });
    const stopped = { adoptable: true, stopped: true };
    expect(only({ ...input(stopped), effective: adopting })).toEqual([
      ['missing', '/adopt', 'unmanaged'],
    ]);
    const ended = { ...contained(adopting), state: 'exited' as const };
    const found = input(stopped, [{ host: 'a', replica: ended }]);
    expect(only({ ...found, effective: adopting })).toEqual([['missing', '/replicas', 'exited']]);
  });

  it('and was taken over restarts as it did before', () => {
    const config = { restartPolicy: 'always' };
    expect(told(desired(), contained(desired(), config))).toEqual([
      '/restartPolicy: "unless-stopped" → "always"',
    ]);
    expect(told(desired(), contained(desired(), { ...config, adopted: true }))).toEqual([]);
  });

  it('counts every port of a container in the network of its host', () => {
    const onHost = desired({ networks: ['host'], ports: [{ port: 8080 }] });
    expect(only({ ...input({ hostPorts: [8080] }), effective: onHost })[0]?.[0]).toBe('conflict');
  });
});

describe('a runtime that does not answer', () => {
  it('is told as that, and nothing else about its host', () => {
    const hosts = [
      host('a', { runtimes: ['docker'], reachable: false, silence: 'docker does not answer' }),
    ];
    const observed = [{ host: 'a', replica: contained(desired(), {}, { state: 'exited' }) }];
    const { differences } = compareResource(fleet({ effective: desired(), hosts, observed }));
    expect(differences.map(({ type, observed: seen }) => [type, seen])).toEqual([
      ['unreachable', 'docker does not answer'],
    ]);
  });
});

const argv = fc.array(fc.string({ maxLength: 8 }), { minLength: 1, maxLength: 3 });
const names = fc.constantFrom('one', 'two', 'three.four');
const spec: fc.Arbitrary<Spec> = fc.record(
  {
    image: fc.constantFrom('nginx', 'nginx:1.27', 'localhost:5000/a/b:2', `c:1@${DIGEST}`),
    command: argv,
    entrypoint: argv,
    user: fc.constantFrom('www', '0', '1:2'),
    workingDir: fc.constantFrom('/srv', '/srv/'),
    env: fc.dictionary(fc.constantFrom('A', 'B', 'a/b'), fc.string({ maxLength: 4 })),
    ports: fc.constantFrom<Service['spec']['ports'][]>(
      [],
      [{ port: 80 }, { port: 53, hostPort: 53 }],
    ),
    volumes: fc.subarray(['data:/data', '/srv/:/www/:ro', '/etc/x:/x:rw']),
    networks: fc.constantFrom(['front'], ['host'], ['front', 'back']),
    labels: fc.dictionary(names, fc.string({ maxLength: 4 })),
    capabilities: fc.record(
      { add: fc.constant(['NET_ADMIN', 'CHOWN']), drop: fc.constant(['ALL']) },
      { requiredKeys: [] },
    ),
    readOnly: fc.boolean(),
    logging: fc.record({
      driver: fc.constantFrom('json-file', 'local'),
      options: fc.dictionary(names, fc.string({ maxLength: 4 })),
    }),
    resources: fc.record(
      {
        cpuCores: fc.integer({ min: 1, max: 64_000 }).map((milli) => milli / 1_000),
        memoryBytes: fc.integer({ min: 1, max: 2 ** 45 }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);

describe('properties', () => {
  it('finds nothing in a container that was made for the manifest', () => {
    fc.assert(
      fc.property(spec, (any) => {
        const effective = desired(any);
        expect(told(effective, contained(effective))).toEqual([]);
        expect(needsNewLaunch(effective.service, effective.service)).toBe(false);
      }),
    );
  });

  it('finds the same in whatever order things are told', () => {
    fc.assert(
      fc.property(spec, spec, (wanted, other) => {
        const reversed = <Value>(record: Readonly<Record<string, Value>>) =>
          Object.fromEntries(Object.entries(record).reverse());
        const replica = contained(desired(other));
        const { container, ...config } = replica.config;
        if (container === undefined) throw new TypeError('a container is expected');
        const shuffled: ReplicaState = {
          ...replica,
          config: {
            ...config,
            env: reversed(config.env),
            ports: config.ports.toReversed(),
            container: {
              ...container,
              mounts: container.mounts.toReversed(),
              networks: container.networks.toReversed(),
              labels: reversed(container.labels),
              capabilities: {
                add: container.capabilities.add.toReversed(),
                drop: container.capabilities.drop.toReversed(),
              },
              logging: { ...container.logging, options: reversed(container.logging.options) },
            },
          },
        };
        expect(told(desired(wanted), shuffled)).toEqual(told(desired(wanted), replica));
      }),
    );
  });

  it('finds nothing after the container was made anew, or changed in place where that is enough', () => {
    fc.assert(
      fc.property(spec, spec, (before, after) => {
        const [old, now] = [desired(before, 'd0'), desired(after)];
        const differences = compareReplica(now, contained(old), old.service);
        const inPlace = differences.every(isChangedInPlace);
        if (needsNewLaunch(old.service, now.service)) return;
        expect(inPlace).toBe(true);
        const { resources } = engineReports(now);
        const changed = contained(old, {
          resources: { ...old.service.spec.resources, ...resources },
        });
        expect(told(now, changed, old.service)).toEqual([]);
      }),
    );
  });
});

describe('a launch of its own', () => {
  it.each<[string, Spec, Spec, boolean]>([
    ['another image', {}, { image: 'nginx:1.28' }, true],
    ['the image in full', {}, { image: 'docker.io/library/nginx:1.27' }, false],
    ['other limits', { resources: { cpuCores: 1 } }, { resources: { cpuCores: 2 } }, false],
    ['a new limit', {}, { resources: { cpuCores: 2 } }, false],
    [
      'a limit less',
      { resources: { cpuCores: 1, memoryBytes: 9 } },
      { resources: { cpuCores: 1 } },
      true,
    ],
    [
      'other limits of a process',
      { runtime: 'process' },
      { runtime: 'process', resources: { cpuCores: 1 } },
      true,
    ],
    ['another check', {}, { healthCheck: undefined }, false],
    ['when images are pulled', {}, { pullPolicy: 'Always' }, false],
    [
      'volumes in another order',
      { volumes: ['a:/a', 'b:/b'] },
      { volumes: ['b:/b', 'a:/a'] },
      false,
    ],
    ['a label', {}, { labels: { a: 'b' } }, true],
    ['a user less', { user: 'www' }, {}, true],
    ['another unit', { runtime: 'systemd', unit: 'a' }, { runtime: 'systemd', unit: 'b' }, true],
  ])('%s: %j → %j', (_what, before, after, expected) => {
    expect(needsNewLaunch(desired(before).service, desired(after).service)).toBe(expected);
  });
});
