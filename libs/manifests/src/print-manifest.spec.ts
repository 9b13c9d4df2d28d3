import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { Host } from './host.js';
import type { Manifest } from './manifest.js';
import { parseManifests } from './parse-manifests.js';
import type { Policy } from './policy.js';
import { printManifest } from './print-manifest.js';
import type { Source } from './source.js';
import { resourceId, parseResourceId } from './resource-id.js';
import type { HealthCheck, Service } from './service.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}[a-z0-9]$/);
const labels = fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9._-]{0,10}[a-z0-9]$/), name, {
  maxKeys: 3,
});
const millis = (min: number) => fc.integer({ min, max: 10_000_000 });
const port = fc.integer({ min: 1, max: 65_535 });
/** Any text that a process can be given, also what YAML would read as something else. */
const argument = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !text.includes('\0')),
  fc.constantFrom(
    'true',
    'null',
    '~',
    '1.10',
    '0x1F',
    '-',
    '- a',
    'a: b',
    '*x',
    '&x',
    '#',
    '<<',
    '',
    ' ',
    'a\nb\n',
    '\ttab',
  ),
);
const program = argument.filter((text) => text !== '');
const argv = fc
  .tuple(program, fc.array(argument, { maxLength: 3 }))
  .map(([first, rest]) => [first, ...rest]);

const healthCheck: fc.Arbitrary<HealthCheck> = fc
  .tuple(
    fc.oneof(
      fc.record({ kind: fc.constant('http' as const), endpoint: fc.constant('/health'), port }),
      fc.record({ kind: fc.constant('tcp' as const), port }),
      fc.record({ kind: fc.constant('exec' as const), command: argv }),
    ),
    fc.record({
      intervalMs: millis(10),
      timeoutMs: millis(1),
      retryIntervalMs: millis(10),
      failureThreshold: fc.integer({ min: 1, max: 1_000 }),
      startPeriodMs: millis(0),
    }),
  )
  .map(([kind, timing]) => ({ ...kind, ...timing }));

const metadata = fc.record({ name, namespace: name, labels });

const service: fc.Arbitrary<Service> = fc.record({
  apiVersion: fc.constant('vigil.io/v1' as const),
  kind: fc.constant('Service' as const),
  metadata,
  spec: fc.record(
    {
      runtime: fc.constant('docker' as const),
      placement: fc.record(
        {
          hosts: fc.record({ matchLabels: labels }),
          spread: fc.boolean(),
          reschedule: fc.boolean(),
        },
        { requiredKeys: ['spread', 'reschedule'] },
      ),
      replicas: fc.integer({ min: 2, max: 6 }),
      scale: fc.record({
        min: fc.integer({ min: 0, max: 2 }),
        max: fc.integer({ min: 6, max: 9 }),
      }),
      image: fc.constantFrom('nginx:1.27', 'registry.example.org:5000/team/app@sha256:abc'),
      command: argv,
      entrypoint: argv,
      user: fc.constantFrom('1000', 'www-data', '1000:1000'),
      workingDir: fc.constant('/srv'),
      env: fc.dictionary(
        fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,10}$/),
        fc.oneof(argument, fc.constant({ secretRef: { file: '/etc/vigil/db' } })),
        { maxKeys: 4 },
      ),
      ports: fc
        .uniqueArray(port, { maxLength: 3 })
        .map((ports) =>
          ports.map((each, index) =>
            index % 2 === 0 ? { port: each } : { port: each, hostPort: each },
          ),
        ),
      volumes: fc.subarray(['web-data:/var/www', '/srv/www:/var/www:ro']),
      pullPolicy: fc.constantFrom('IfNotPresent' as const, 'Always' as const, 'Never' as const),
      imagePullSecret: fc.constant({ secretRef: { file: '/etc/vigil/registry.json' } }),
      networks: fc.subarray(['front', 'back.end'], { minLength: 1 }),
      labels: fc.dictionary(fc.constantFrom('traefik.enable', 'team'), argument),
      capabilities: fc.record(
        {
          add: fc.subarray(['NET_ADMIN', 'SYS_TIME'], { minLength: 1 }),
          drop: fc.constant(['ALL']),
        },
        { requiredKeys: [] },
      ),
      readOnly: fc.boolean(),
      logging: fc.record({
        driver: fc.constant('json-file'),
        options: fc.dictionary(fc.constantFrom('max-size', 'max-file'), argument),
      }),
      resources: fc.record(
        {
          cpuCores: fc.integer({ min: 1, max: 64_000 }).map((milli) => milli / 1_000),
          memoryBytes: fc.integer({ min: 1, max: 2 ** 50 }),
        },
        { requiredKeys: [] },
      ),
      stopGracePeriodMs: millis(0),
      healthCheck,
      dependsOn: fc.constant(['default/Service/other']),
      remediation: fc.record(
        {
          mode: fc.constantFrom('off' as const, 'auto' as const),
          restartThreshold: fc.integer({ min: 1, max: 1_000 }),
          cooldownPeriodMs: millis(0),
          maxUnavailable: fc.constantFrom(1, 7, '25%', '100%'),
          killAfterMs: millis(0),
          stableAfterMs: millis(0),
          maxRestarts: fc.integer({ min: 0, max: 100 }),
        },
        {
          requiredKeys: [
            'restartThreshold',
            'cooldownPeriodMs',
            'maxUnavailable',
            'killAfterMs',
            'stableAfterMs',
            'maxRestarts',
          ],
        },
      ),
      drift: fc.record({ ignore: fc.subarray(['/env/BUILD_ID', '/ports/*', '/a~1b']) }),
      prune: fc.boolean(),
    },
    {
      requiredKeys: [
        'runtime',
        'replicas',
        'image',
        'env',
        'ports',
        'volumes',
        'stopGracePeriodMs',
        'dependsOn',
        'remediation',
        'drift',
        'prune',
      ],
    },
  ),
});

const condition = fc.constantFrom('cpu_usage > 80% for 5m', 'not a > 1 and b{x="#: y"} < 2');

const policy: fc.Arbitrary<Policy> = fc.record({
  apiVersion: fc.constant('vigil.io/v1' as const),
  kind: fc.constant('Policy' as const),
  metadata,
  spec: fc
    .record(
      {
        condition,
        severity: fc.constantFrom('info' as const, 'critical' as const),
        target: fc.constant('default/Service/other'),
        namespace: name,
        selector: fc.record({ matchLabels: labels }),
        mode: fc.constantFrom('approve' as const, 'observe' as const),
        clears: condition,
        keepFiringForMs: millis(0),
        verify: fc.record({ condition, withinMs: millis(1) }),
      },
      { requiredKeys: ['condition', 'severity'] },
    )
    .chain((spec) =>
      fc.oneof(
        fc.constant({ ...spec, action: 'restart' as const }),
        fc
          .integer({ min: 1, max: 5 })
          .map((scaleBy) => ({ ...spec, action: 'scale' as const, scaleBy })),
      ),
    ),
});

const host: fc.Arbitrary<Host> = fc.record({
  apiVersion: fc.constant('vigil.io/v1' as const),
  kind: fc.constant('Host' as const),
  metadata: fc.record({
    name: fc.constantFrom('web-1', 'Web_2.example.org', '10.0.0.1'),
    namespace: fc.constant('default'),
    labels: fc.constant({}),
  }),
  spec: fc.record({
    labels: fc.dictionary(
      fc.constantFrom('role', 'zone_id', '_x'),
      fc.constantFrom('web', '1', ''),
    ),
  }),
});

const inFile = fc
  .constantFrom('/etc/vigil/a', '/run/secrets/b')
  .map((file) => ({ secretRef: { file } }));
const textOrFile = fc.oneof(fc.constantFrom('line', 'two\nlines'), inFile);

const source: fc.Arbitrary<Source> = fc.record({
  apiVersion: fc.constant('vigil.io/v1' as const),
  kind: fc.constant('Source' as const),
  metadata: fc.record({
    name: fc.constantFrom('shop', 'team-a'),
    namespace: fc.constant('default'),
    labels: fc.constant({}),
  }),
  spec: fc
    .record(
      {
        url: fc.constantFrom('https://git.example.org/a.git', 'https://10.0.0.1:8443/b'),
        ref: fc.constantFrom<Source['spec']['ref'][]>(
          { head: true },
          { branch: 'release/1.x' },
          { tag: 'v1' },
          { semver: '>=1.2 <2' },
          { commit: '1'.repeat(40) },
        ),
        path: fc.constantFrom('hosts', 'a/b'),
        include: fc.subarray(['**/*.yaml', '*.yml']),
        exclude: fc.subarray(['drafts/**']),
        intervalMs: fc.integer({ min: 1_000, max: 10_000_000 }),
        https: fc.record(
          { username: fc.constant('robot'), password: inFile },
          { requiredKeys: ['password'] },
        ),
        ca: textOrFile,
        webhook: fc.record({ secret: inFile }),
        signers: fc.record({ gpg: textOrFile, ssh: textOrFile }, { requiredKeys: ['ssh'] }),
      },
      { requiredKeys: ['url', 'ref', 'include', 'exclude'] },
    )
    .map((spec) => (spec.signers === undefined ? spec : { ...spec, verify: 'required' as const })),
});

describe('printManifest', () => {
  const id = parseResourceId('default/other');
  const foreign = new Map(id === undefined ? [] : [[id, 'elsewhere'] as const]);

  it('writes what parseManifests reads back as the same manifest', () => {
    fc.assert(
      fc.property(fc.oneof<fc.Arbitrary<Manifest>[]>(service, policy, host, source), (manifest) => {
        const text = printManifest(manifest);
        const result = parseManifests([{ path: 'a.yaml', text }], { sha256, foreign });
        if (!result.ok) throw new Error(`${JSON.stringify(result.errors)}\n${text}`);
        expect(result.resources.map(({ manifest: read }) => read)).toEqual([manifest]);
        const { namespace, name: own } = manifest.metadata;
        expect(result.resources[0]?.resource).toBe(
          resourceId({ namespace, kind: manifest.kind, name: own }),
        );
      }),
      { numRuns: 300 },
    );
  });
});
