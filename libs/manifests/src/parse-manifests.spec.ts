import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { dump } from 'js-yaml';
import { Manifest } from './manifest.js';
import { parseManifests, type ManifestFile, type ParseOptions } from './parse-manifests.js';
import { parseResourceId } from './resource-id.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function parse(files: readonly ManifestFile[], options: Partial<ParseOptions> = {}) {
  return parseManifests(files, { sha256, ...options });
}

/** `file:line:column path: message` of everything that is wrong. */
function problemsOf(text: string, path = 'a.yaml', options: Partial<ParseOptions> = {}): string[] {
  const result = parse([{ path, text }], options);
  return result.ok ? [] : result.errors.map(render);
}

function render(problem: { line: number; column: number; path: string; message: string }): string {
  return `${problem.line}:${problem.column} ${problem.path} ${problem.message}`;
}

function parsed(text: string, path = 'a.yaml') {
  const result = parse([{ path, text }]);
  if (!result.ok) throw new Error(result.errors.map(render).join('\n'));
  return result;
}

/** A service with the given lines of `spec`, from line 4 on. */
function service(spec: string, name = 'web'): string {
  return `apiVersion: vigil.io/v1\nkind: Service\nmetadata: { name: ${name} }\nspec:\n${spec
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')}\n`;
}

/** A host with the given metadata beside its name, and the given spec, in line 4. */
function host(metadata: string, spec = '{ labels: { role: web, zone_id: "1" } }'): string {
  return `apiVersion: vigil.io/v1\nkind: Host\nmetadata: { name: Web-1.example.org${metadata} }\nspec: ${spec}\n`;
}

const MINIMAL = service('runtime: process\ncommand: [sleep, "60"]');

describe('a service', () => {
  it('gets every default of the documentation', () => {
    const { resources } = parsed(MINIMAL);
    expect(resources).toHaveLength(1);
    expect(resources[0]?.manifest).toEqual({
      apiVersion: 'vigil.io/v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'default', labels: {} },
      spec: {
        runtime: 'process',
        replicas: 1,
        command: ['sleep', '60'],
        env: {},
        ports: [],
        volumes: [],
        stopGracePeriodMs: 10_000,
        dependsOn: [],
        remediation: {
          restartThreshold: 3,
          cooldownPeriodMs: 300_000,
          maxUnavailable: 1,
          killAfterMs: 200,
          stableAfterMs: 30_000,
          maxRestarts: 5,
        },
        drift: { ignore: [] },
        prune: false,
      },
    });
  });

  it('keeps everything that it says', () => {
    const text = `
apiVersion: vigil.io/v1
kind: Service
metadata: { name: web-service, namespace: production, labels: { tier: web } }
spec:
  runtime: docker
  placement: { hosts: { matchLabels: { role: web } }, spread: false }
  replicas: 3
  scale: { min: 2, max: 6 }
  image: nginx:1.27
  command: [nginx, -g, "daemon off;"]
  env: { MODE: live, PASSWORD: { secretRef: { file: /etc/vigil/db } }, discovery.type: single-node }
  ports: ["80", "8443:443", 9000]
  volumes: ["web-data:/var/www"]
  resources: { cpu: "500m", memory: "1Gi" }
  user: 1000
  stopGracePeriod: 1m30s
  healthCheck: { endpoint: /health, port: 80, interval: 30s, timeout: 5s, retryInterval: 10s, failureThreshold: 3, startPeriod: 0s }
  remediation: { mode: auto, restartThreshold: 4, cooldownPeriod: 1h, maxUnavailable: 25%, killAfter: 1s, stableAfter: 2s, maxRestarts: 0 }
  drift: { ignore: [/env/BUILD_ID, "/ports/*"] }
  prune: true
`;
    expect(parsed(text).resources[0]).toMatchObject({
      resource: 'production/Service/web-service',
      file: 'a.yaml',
      line: 2,
      manifest: {
        spec: {
          placement: { hosts: { matchLabels: { role: 'web' } }, spread: false, reschedule: false },
          scale: { min: 2, max: 6 },
          env: {
            MODE: 'live',
            PASSWORD: { secretRef: { file: '/etc/vigil/db' } },
            'discovery.type': 'single-node',
          },
          ports: [{ port: 80 }, { port: 443, hostPort: 8443 }, { port: 9000 }],
          resources: { cpuCores: 0.5, memoryBytes: 1_073_741_824 },
          user: '1000',
          stopGracePeriodMs: 90_000,
          healthCheck: { kind: 'http', endpoint: '/health', port: 80, retryIntervalMs: 10_000 },
          remediation: { mode: 'auto', cooldownPeriodMs: 3_600_000, maxUnavailable: '25%' },
          drift: { ignore: ['/env/BUILD_ID', '/ports/*'] },
          prune: true,
        },
      },
    });
  });

  it.each([
    ['{ endpoint: /h }', { kind: 'http', port: 8080 }],
    ['{ endpoint: /h, port: 9000 }', { kind: 'http', port: 9000 }],
    ['{ tcp: 5432 }', { kind: 'tcp', port: 5432 }],
    ['{ tcp: { port: 5432 } }', { kind: 'tcp', port: 5432 }],
    ['{ exec: [pg_isready, -q] }', { kind: 'exec', command: ['pg_isready', '-q'] }],
    ['{ exec: { command: [pg_isready] } }', { kind: 'exec', command: ['pg_isready'] }],
    ['{ tcp: 1, interval: 1s }', { retryIntervalMs: 333, timeoutMs: 5_000, failureThreshold: 3 }],
    ['{ tcp: 1, interval: 600ms }', { retryIntervalMs: 250 }],
    ['{ tcp: 1, interval: 100ms }', { retryIntervalMs: 100 }],
  ])('reads the health check %s', (check, expected) => {
    const text = service(`runtime: process\ncommand: [x]\nports: [8080]\nhealthCheck: ${check}`);
    expect(parsed(text).resources[0]?.manifest).toMatchObject({ spec: { healthCheck: expected } });
  });

  it.each([
    ['replcas: 2', '5:3 /spec/replcas found the unknown field "replcas", did you mean "replicas"?'],
    [
      'replicas: three',
      '5:13 /spec/replicas found "three", expected a whole number of replicas, from 0 to 10000',
    ],
    [
      'replicas: -1',
      '5:13 /spec/replicas found -1, expected a whole number of replicas, from 0 to 10000',
    ],
    [
      'replicas:',
      '5:3 /spec/replicas found nothing (null), expected a whole number of replicas, from 0 to 10000',
    ],
    [
      'image: 1.10',
      '5:10 /spec/image found 1.10, expected an image such as nginx:1.27: write "1.10" in quotes',
    ],
    [
      'runtime: dockr',
      '5:12 /spec/runtime found "dockr", expected one of docker, systemd, process, did you mean "docker"?',
    ],
    [
      'stopGracePeriod: 30',
      '5:20 /spec/stopGracePeriod found 30, expected a duration with its unit, such as 200ms, 30s or 1h30m',
    ],
    [
      'resources: { cpu: -1 }',
      '5:21 /spec/resources/cpu found -1, expected a quantity of CPU above 0, such as 500m or 0.5',
    ],
    [
      'resources: { memory: 1Gb }',
      '5:24 /spec/resources/memory found "1Gb", expected a quantity of memory above 0, such as 512Mi or 1Gi',
    ],
    [
      'env: { A: true }',
      '5:13 /spec/env/A found true, expected text, or secretRef: { file: /path/on/the/host }: write "true" in quotes',
    ],
    [
      'env: { A: { secretRef: { fil: /x } } }',
      '5:15 /spec/env/A/secretRef/file found nothing, expected the absolute path of a file on the host',
    ],
    [
      'env: { A=B: x }',
      '5:10 /spec/env/A=B found the name "A=B", expected the name of a variable, without "="',
    ],
    [
      'ports: ["x"]',
      '5:11 /spec/ports/0 found "x", expected a port such as "80", "8080:80" to fix the host port, "127.0.0.1:8080:80" for one address of the host, or "53:53/udp" (from 1 to 65535)',
    ],
    [
      'ports: [70000]',
      '5:11 /spec/ports/0 found 70000, expected a port such as "80", "8080:80" to fix the host port, "127.0.0.1:8080:80" for one address of the host, or "53:53/udp" (from 1 to 65535)',
    ],
    [
      'command: node x.js',
      '5:12 /spec/command found "node x.js", expected a command as a list, such as [node, server.js]',
    ],
    [
      'command: []',
      '5:12 /spec/command found an empty list, expected a command as a list, such as [node, server.js]',
    ],
    ['prune: yes', '5:10 /spec/prune found "yes", expected true or false'],
    [
      'dependsOn: [db]',
      '5:15 /spec/dependsOn/0 found "db", expected a resource as namespace/name or namespace/kind/name',
    ],
    [
      'drift: { ignore: [env] }',
      '5:21 /spec/drift/ignore/0 found "env", expected a JSON Pointer such as /env/BUILD_ID or /ports/*',
    ],
    [
      'remediation: { mode: Auto }',
      '5:24 /spec/remediation/mode found "Auto", expected one of off, observe, approve, auto, did you mean "auto"?',
    ],
    [
      'pullPolicy: always',
      '5:15 /spec/pullPolicy found "always", expected one of IfNotPresent, Always, Never, did you mean "Always"?',
    ],
    [
      'capabilities: { add: [net_admin] }',
      '5:25 /spec/capabilities/add/0 found "net_admin", expected a capability such as NET_ADMIN',
    ],
    [
      'labels: { vigil.io/resource: x }',
      '5:13 /spec/labels/vigil.io~1resource found the name "vigil.io/resource", expected a label outside vigil.io/, which belongs to Vigil',
    ],
    ['networks: [--host]', '5:14 /spec/networks/0 found "--host", expected the name of a network'],
    [
      'remediation: { maxUnavailable: 101% }',
      '5:34 /spec/remediation/maxUnavailable found "101%", expected a number of replicas from 1, or a percentage such as "25%"',
    ],
  ])('refuses %s', (line, problem) => {
    expect(problemsOf(service(line))).toContain(problem);
  });

  it.each([
    [
      'runtime: docker',
      '/spec/image found nothing, expected image for runtime docker, such as nginx:1.27',
    ],
    [
      'runtime: systemd',
      '/spec/unit found nothing, expected unit for runtime systemd, such as nginx.service',
    ],
    [
      'runtime: process',
      '/spec/command found nothing, expected command for runtime process, such as [node, server.js]',
    ],
    [
      'runtime: process\ncommand: [x]\nimage: y',
      '/spec/image found image, expected none with runtime process',
    ],
    [
      'runtime: systemd\nunit: nginx\nports: [80]',
      '/spec/ports found ports, expected none with runtime systemd',
    ],
    [
      'image: web\nreplicas: 2\nadopt: [a, b, a]',
      '/spec/adopt found 3 containers, expected at most one for each of the 2 replicas',
    ],
    [
      'image: web\nreplicas: 2\nadopt: [a, a]',
      '/spec/adopt/1 found container a twice, expected it once',
    ],
    [
      'runtime: process\ncommand: [x]\nadopt: [a]',
      '/spec/adopt found adopt, expected none with runtime process',
    ],
    [
      'runtime: process\ncommand: [x]\nlogging: { driver: journald }',
      '/spec/logging found logging, expected none with runtime process',
    ],
    [
      'runtime: systemd\nunit: nginx\nreadOnly: true',
      '/spec/readOnly found readOnly, expected none with runtime systemd',
    ],
    [
      'image: x\nreplicas: 1\nscale: { min: 2, max: 4 }',
      '/spec/replicas found 1 replicas, expected from 2 to 4 as in scale',
    ],
    [
      'image: x\nscale: { min: 5, max: 4 }',
      '/spec/scale/min found min 5 above max 4, expected min ≤ max',
    ],
    ['image: x\nports: [80, "81:80"]', '/spec/ports/1 found port 80 twice, expected it once'],
    [
      'image: x\nports: ["53/udp", "53:53/udp"]',
      '/spec/ports/1 found port 53/udp twice, expected it once',
    ],
    [
      'runtime: process\ncommand: [x]\nports: ["53/udp"]',
      '/spec/ports/0 found a UDP port, expected it only with runtime docker',
    ],
    [
      'runtime: process\ncommand: [x]\nports: ["127.0.0.1:80:80"]',
      '/spec/ports/0 found an address of the host, expected it only with runtime docker',
    ],
    [
      'image: x\nports: ["1:80", "1:81"]',
      '/spec/ports/1 found host port 1 twice, expected it once',
    ],
    [
      'image: x\nhealthCheck: { interval: 1s }',
      '/spec/healthCheck found none of them, expected exactly one of endpoint (HTTP), tcp and exec',
    ],
    [
      'image: x\nhealthCheck: { tcp: 1, exec: [x] }',
      '/spec/healthCheck found tcp and exec, expected exactly one of endpoint (HTTP), tcp and exec',
    ],
    [
      'image: x\nhealthCheck: { tcp: 1, port: 1 }',
      '/spec/healthCheck/port found a port without endpoint, expected it only with HTTP checks',
    ],
    [
      'image: x\nhealthCheck: { endpoint: / }',
      '/spec/healthCheck/port found nothing, expected the port of the endpoint (there is none in ports either)',
    ],
  ])('refuses what does not fit together: %s', (spec, problem) => {
    expect(problemsOf(service(spec)).join('\n')).toContain(problem);
  });

  it('warns of what has no effect yet', () => {
    const warningsOf = (text: string) => parsed(text).warnings.map(render).join('\n');
    expect(warningsOf(service('runtime: systemd\nunit: nginx'))).toContain('/spec/runtime');
    const limited = warningsOf(service('image: x\nremediation: { maxRestarts: 3 }'));
    expect(limited).toContain('/spec/remediation/maxRestarts maxRestarts has no effect yet');
    expect(warningsOf(service('image: x\nremediation: { stableAfter: 1s }'))).toBe('');
    const verified =
      'policies:\n  - name: p\n    action: restart\n    condition: a > 1\n    verify: { condition: a < 1, within: 5s }';
    expect(warningsOf(verified)).toContain('verify has no effect yet');
  });

  it('warns where something may surprise', () => {
    const text = service(
      'runtime: process\ncommand: [x]\nreplicas: 2\nports: ["80:80"]\nenv: { PORT: "1", HOME: "${HOME}/x" }',
    );
    expect(parsed(text).warnings.map(render)).toEqual([
      '8:11 /spec/ports/0 host port 80 is fixed: each of the 2 replicas needs a host of its own',
      '9:10 /spec/env/PORT PORT is set by the agent to the assigned port: the value given here is not used',
      '9:21 /spec/env/HOME ${HOME} is passed on as it stands: nothing expands it',
    ]);
  });
});

describe('metadata', () => {
  it.each([
    ['{ name: Web }', '3:19 /metadata/name found "Web"'],
    ['{ name: -web }', '3:19 /metadata/name found "-web"'],
    [`{ name: ${'a'.repeat(254)} }`, '/metadata/name found'],
    ['{ namespace: default }', '3:1 /metadata/name found nothing, expected a name'],
    ['{ name: web, namespace: a.b }', '3:35 /metadata/namespace found "a.b"'],
    ['{ name: web, labels: { "a b": c } }', '3:34 /metadata/labels/a b found the name "a b"'],
    ['{ name: web, labels: { a: "b c" } }', '3:37 /metadata/labels/a found "b c"'],
    ['{ name: web, labels: { vigil.io/x: c } }', 'which belongs to Vigil'],
  ])('refuses %s', (metadata, problem) => {
    const text = `apiVersion: vigil.io/v1\nkind: Service\nmetadata: ${metadata}\nspec: { image: x }\n`;
    expect(problemsOf(text).join('\n')).toContain(problem);
  });
});

describe('a host', () => {
  it('has labels, and belongs to no namespace', () => {
    expect(parsed(host('')).resources).toMatchObject([
      {
        resource: 'default/Host/Web-1.example.org',
        manifest: {
          kind: 'Host',
          metadata: { name: 'Web-1.example.org', namespace: 'default', labels: {} },
          spec: { labels: { role: 'web', zone_id: '1' } },
        },
      },
    ]);
    expect(parsed(host('', '{}')).resources[0]?.manifest.spec).toEqual({ labels: {} });
  });

  it.each([
    [
      host(', namespace: production'),
      '3:49 /metadata/namespace found "production", expected no namespace: a host belongs to none',
    ],
    [
      host(', labels: { role: web }'),
      '3:46 /metadata/labels found a mapping, expected the labels of a host in spec.labels',
    ],
    [
      host('', '{ facts: { cpus: 4 } }'),
      '4:9 /spec/facts found the unknown field "facts", expected labels',
    ],
    [
      host('', '{ labels: { a-b: x } }'),
      '4:19 /spec/labels/a-b found the name "a-b", expected a label name of letters, digits and "_"',
    ],
    [
      host('', '{ labels: { resource: x } }'),
      '4:19 /spec/labels/resource found the name "resource", expected a label other than resource and replica, which samples have already',
    ],
    [
      host('', '{ labels: { role: 1 } }'),
      '4:25 /spec/labels/role found 1, expected a label value: at most 63 letters, digits, "-", "_" and "." (in quotes when it is a number): write "1" in quotes',
    ],
  ])('%s', (text, problem) => {
    expect(problemsOf(text)).toEqual([problem]);
  });

  it('is declared once, and is no service', () => {
    expect(problemsOf(`${host('')}---\n${host('')}`)).toHaveLength(1);
    const dependent = service('image: a\ndependsOn: [default/host/Web-1.example.org]');
    expect(problemsOf(`${dependent}---\n${host('')}`)).toEqual([
      expect.stringContaining('found default/Host/Web-1.example.org, expected a Service'),
    ]);
  });
});

describe('a source', () => {
  const HTTPS = 'https://git.example.org/shop/fleet.git';
  const source = (spec: string, name = 'shop') =>
    `apiVersion: vigil.io/v1\nkind: Source\nmetadata: { name: ${name} }\nspec:\n${spec.replace(/^/gm, '  ')}\n`;
  const specOf = (spec: string) => parsed(source(spec)).resources[0]?.manifest.spec;

  it('is a repository at the branch that it names itself, unless the manifest says otherwise', () => {
    expect(specOf(`url: ${HTTPS}`)).toEqual({
      url: HTTPS,
      ref: { head: true },
      include: [],
      exclude: [],
    });
    expect(
      specOf(
        `url: ${HTTPS}\nref: { semver: ">=1.2 <2" }\npath: ./hosts/\nexclude: ["drafts/**"]\ninterval: 5m\nhttps: { password: { secretRef: { file: /etc/vigil/token } } }\nca: "-----BEGIN"`,
      ),
    ).toEqual({
      url: HTTPS,
      ref: { semver: '>=1.2 <2' },
      path: 'hosts',
      include: [],
      exclude: ['drafts/**'],
      intervalMs: 300_000,
      https: { password: { secretRef: { file: '/etc/vigil/token' } } },
      ca: '-----BEGIN',
    });
  });

  it.each([
    ['url: ext::id', '5:8 /spec/url found "ext::id", expected the URL of a repository'],
    ['url: https://a:b@git.example.org/x', 'without credentials'],
    [`url: ${HTTPS}\nref: { branch: --upload-pack=id }`, '6:18 /spec/ref/branch found'],
    [`url: ${HTTPS}\nref: { tag: "a b" }`, '/spec/ref/tag found "a b", expected the name of a tag'],
    [`url: ${HTTPS}\nref: { semver: newest }`, 'expected a range of versions'],
    [`url: ${HTTPS}\nref: { commit: abc1234 }`, 'expected the whole id of a commit'],
    [
      `url: ${HTTPS}\nref: { branch: main, tag: v1 }`,
      '/spec/ref found branch and tag, expected at most one of branch, tag, semver and commit',
    ],
    [`url: ${HTTPS}\npath: ../other`, '/spec/path found "../other", expected a folder'],
    [`url: ${HTTPS}\npath: /etc`, '/spec/path found "/etc", expected a folder'],
    [`url: ${HTTPS}\npath: .git`, '/spec/path found ".git", expected a folder'],
    [`url: ${HTTPS}\ninterval: 10ms`, '/spec/interval found "10ms"'],
    [`url: ${HTTPS}\nbranch: main`, 'found the unknown field "branch"'],
    [
      `url: ${HTTPS}\nssh: { privateKey: { secretRef: { file: /k } }, knownHosts: x }`,
      '/spec/ssh found ssh beside a URL of https, expected it only with ssh',
    ],
    [
      'url: http://git.example.org/x\nhttps: { password: { secretRef: { file: /k } } }',
      '/spec/https found https beside a URL of http, expected it only with https',
    ],
    [
      'url: git@git.example.org:fleet.git',
      '/spec/ssh found nothing, expected privateKey and knownHosts for a URL of ssh',
    ],
    [
      'url: git@git.example.org:fleet.git\nssh: { privateKey: secret, knownHosts: x }',
      '/spec/ssh/privateKey found "secret"',
    ],
  ])('refuses %j', (spec, problem) => {
    expect(problemsOf(source(spec)).join('\n')).toContain(problem);
  });

  it('has a name of its own', () => {
    expect(problemsOf(source(`url: ${HTTPS}`, 'default')).join()).toContain(
      'that one is the source of VIGIL_MANIFESTS',
    );
    expect(problemsOf(source(`url: ${HTTPS}`, 'a.b')).join()).toContain(
      '/metadata/name found "a.b"',
    );
  });
});

describe('policies', () => {
  const LIST = `policies:
  - name: high-cpu-usage
    condition: cpu_usage > 80% for 5m
    severity: warning
    action: scale_up
  - name: service-down
    condition: health_check_failed for 3 attempts
    severity: critical
    action: restart_service
  - name: memory-leak
    condition: memory_usage increasing for 30m
    namespace: production
    severity: warning
    action: restart_service
    keepFiringFor: 1m
`;

  it('reads the bare list', () => {
    const { resources, documents } = parsed(LIST);
    expect(resources.map(({ resource, line }) => [resource, line])).toEqual([
      ['default/Policy/high-cpu-usage', 2],
      ['default/Policy/service-down', 6],
      ['production/Policy/memory-leak', 10],
    ]);
    expect(resources.map(({ manifest }) => manifest.spec)).toEqual([
      { condition: 'cpu_usage > 80% for 5m', severity: 'warning', action: 'scale', scaleBy: 1 },
      { condition: 'health_check_failed for 3 attempts', severity: 'critical', action: 'restart' },
      {
        condition: 'memory_usage increasing for 30m',
        namespace: 'production',
        severity: 'warning',
        action: 'restart',
        keepFiringForMs: 60_000,
      },
    ]);
    expect(documents.map(({ kind, name, valid }) => [kind, name, valid])).toEqual([
      ['Policy', 'high-cpu-usage', true],
      ['Policy', 'service-down', true],
      ['Policy', 'memory-leak', true],
    ]);
  });

  it('names the entry and field that is wrong', () => {
    const text = `policies:\n  - nam: x\n    condition: cpu_usage > 1\n    action: restrt\n`;
    expect(problemsOf(text)).toEqual([
      '2:5 /policies/0/name found nothing, expected a name of lower-case letters, digits, "-" and "." (at most 253)',
      '2:5 /policies/0/nam found the unknown field "nam", did you mean "name"?',
      expect.stringContaining('4:13 /policies/0/action found "restrt", expected one of'),
    ]);
  });

  it.each([
    ['action: scale', '/spec/scaleBy found nothing'],
    ['action: scale\n  scaleBy: 0', '/spec/scaleBy found 0'],
    ['action: restart\n  scaleBy: 1', '/spec/scaleBy found scaleBy'],
    [
      'action: restart\n  target: a/b',
      '/spec/target found a/Service/b, which no manifest declares',
    ],
  ])('refuses %s', (fields, problem) => {
    const text = `apiVersion: vigil.io/v1\nkind: Policy\nmetadata: { name: p }\nspec:\n  condition: cpu_usage > 1\n  ${fields}\n`;
    expect(problemsOf(text).join('\n')).toContain(problem);
  });
});

describe('conditions', () => {
  const POLICY = 'policies:\n  - name: p\n    action: restart\n    condition: ';
  /** The line and column at which each problem is reported, from the caret in the text. */
  it.each([
    [`${POLICY}cpu_usage >% 80`, '4:27'],
    [`${POLICY}"cpu_usage >% 80"`, '4:28'],
    [`${POLICY}'cpu_usage >% 80'`, '4:28'],
    [`${POLICY}|\n      memory_usage > 1\n      and cpu_usage >% 80`, '6:22'],
    [`${POLICY}>-\n      memory_usage > 1\n      and cpu_usage >% 80`, '5:7'],
  ])('points into %j', (text, place) => {
    const [problem = ''] = problemsOf(text);
    expect(problem).toContain(`${place} /policies/0/condition `);
  });

  it('reads those of clears and verify too', () => {
    const text = `${POLICY}a > 1\n    clears: a <\n    verify: { condition: b <, within: 5s }`;
    expect(problemsOf(text).map((problem) => problem.split(' ')[1])).toEqual([
      '/policies/0/clears',
      '/policies/0/verify/condition',
    ]);
  });

  it('warns about one that can never hold', () => {
    const { warnings } = parsed(`${POLICY}cpu_usage > 5 and cpu_usage < 3`);
    expect(warnings).not.toEqual([]);
  });
});

describe('files and documents', () => {
  it.each([
    ['a.yaml', '', '0:0  found no manifest, expected at least one in the file'],
    [
      'a.yaml',
      '# only a comment\n---\n',
      '0:0  found no manifest, expected at least one in the file',
    ],
    [
      'a.yaml',
      'hello',
      '1:1  found "hello", expected a mapping with apiVersion, kind, metadata and spec',
    ],
    ['a.yaml', 'a:\n\tb: c', '2:1  invalid YAML: tab characters must not be used in indentation'],
    [
      'a.yaml',
      'kind: File',
      '1:7 /kind found kind File, which this version does not know, expected one of Service, Policy, Host, Source',
    ],
    [
      'a.yaml',
      'kind: Servce',
      '1:7 /kind found "Servce", expected one of Service, Policy, Host, Source, did you mean "Service"?',
    ],
    ['a.yaml', 'a: 1', '1:1 /kind found nothing, expected one of Service, Policy, Host, Source'],
    [
      'a.yaml',
      'kind: Policy\nkind: Policy',
      '2:1 /kind found the key "kind" twice, expected it once',
    ],
    ['a.yaml', 'kind: *x', '1:7 /kind found the alias *x, expected an anchor &x before it'],
    ['a.yaml', '1: 2', '1:1 /1 found the key 1, expected text: write "1" in quotes'],
    ['a.yaml', '__proto__: 2', '1:1 /__proto__ found the key "__proto__", expected another name'],
    ['a.yaml', '<<: 2', '1:1 /<< found a merge key (<<), expected every field to be written out'],
    ['a.yaml', 'a: !!binary aGk=', '1:4 /a found the tag !!binary, expected a value without a tag'],
    [
      'a.json',
      '{"kind": "Service",}',
      '1:20  invalid JSON: found "}", expected a key in double quotes',
    ],
    [
      'a.json',
      '{"kind": "a\\x"}',
      '1:10 /kind invalid JSON: found "\\"", expected text in double quotes, on one line and with the escapes of JSON',
    ],
    ['a.json', '[1 2]', '1:4  invalid JSON: found "2", expected "," or "]"'],
    ['a.json', '{"a": 1, "a": 2}', '1:10 /a found the key "a" twice, expected it once'],
    ['a.json', '['.repeat(33), expect.stringContaining('expected at most 32 levels')],
  ])('%s with %j', (path, text, problem) => {
    expect(problemsOf(text, path)).toContainEqual(problem);
  });

  it('reports the problems of every file and document', () => {
    const result = parse([
      { path: 'a.yaml', text: `${MINIMAL}---\nkind: Polcy\n` },
      { path: 'b.yaml', text: 'a: [' },
      { path: 'c.json', text: '{}' },
    ]);
    expect(result.ok).toBe(false);
    expect(
      result.documents.map(({ file, line, kind, name, valid }) => [file, line, kind, name, valid]),
    ).toEqual([
      ['a.yaml', 1, 'Service', 'web', true],
      ['a.yaml', 8, 'Polcy', undefined, false],
      ['b.yaml', 1, undefined, undefined, false],
      ['c.json', 1, undefined, undefined, false],
    ]);
  });

  it('reads JSON and YAML alike, with a byte order mark and Windows line ends', () => {
    const windows = `\uFEFF${MINIMAL.replaceAll('\n', '\r\n')}`;
    const json = JSON.stringify({
      spec: { command: ['sleep', '60'], runtime: 'process' },
      metadata: { name: 'web' },
      kind: 'Service',
      apiVersion: 'vigil.io/v1',
    });
    const digests = [parsed(MINIMAL), parsed(windows), parsed(json, 'a.json')].map(
      ({ resources }) => resources[0]?.digest,
    );
    expect(new Set(digests).size).toBe(1);
  });

  it('expands aliases, within bounds', () => {
    const text = service('runtime: process\ncommand: &c [sleep, "1"]\nhealthCheck: { exec: *c }');
    expect(parsed(text).resources[0]?.manifest).toMatchObject({
      spec: { healthCheck: { command: ['sleep', '1'] } },
    });
    const laughs = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 9; level += 1) {
      laughs.push(
        `a${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(', ')}]`,
      );
    }
    expect(problemsOf(laughs.join('\n')).join('\n')).toContain('expected at most 100000');
  });
});

describe('a revision', () => {
  const declare = (name: string, dependsOn: string[] = []) =>
    service(`runtime: process\ncommand: [x]\ndependsOn: [${dependsOn.join(', ')}]`, name);

  it('refuses a resource that is declared twice', () => {
    const result = parse([
      { path: 'a.yaml', text: MINIMAL },
      { path: 'b/c.yaml', text: MINIMAL },
    ]);
    expect(result.ok ? [] : result.errors).toEqual([
      {
        file: 'b/c.yaml',
        line: 3,
        column: 13,
        path: '/metadata/name',
        message:
          'found default/Service/web again, expected one declaration: the first is at a.yaml:1',
      },
    ]);
  });

  it('refuses a resource of another source', () => {
    const id = parseResourceId('default/web');
    const foreign = new Map(id === undefined ? [] : [[id, 'team-a'] as const]);
    expect(problemsOf(MINIMAL, 'a.yaml', { foreign })).toEqual([
      expect.stringContaining('it belongs to source team-a'),
    ]);
    const dependent = declare('other', ['default/web']);
    expect(problemsOf(dependent, 'a.yaml', { foreign })).toEqual([]);
  });

  it('refuses references to nothing, or warns when asked to', () => {
    const text = declare('web', ['default/dbb', 'default/policy/x']) + '---\n' + declare('db');
    expect(problemsOf(text)).toEqual([
      '7:15 /spec/dependsOn/0 found default/Service/dbb, which no manifest declares, expected a declared resource, did you mean "default/Service/db"?',
      '7:28 /spec/dependsOn/1 found default/Policy/x, expected a Service',
    ]);
    const lenient = parse([{ path: 'a.yaml', text: declare('web', ['default/db']) }], {
      missingReference: 'warning',
    });
    expect(lenient.ok && lenient.warnings).toHaveLength(1);
  });

  it('does not call a reference to an invalid manifest a reference to nothing', () => {
    const text = declare('web', ['default/db']) + '---\n' + service('image: 5', 'db');
    expect(problemsOf(text)).toEqual([expect.stringContaining('/spec/image')]);
  });

  it.each([
    [['a>a'], ['default/Service/a → default/Service/a']],
    [
      ['a>b', 'b>c', 'c>a'],
      ['default/Service/a → default/Service/b → default/Service/c → default/Service/a'],
    ],
    [['a>b', 'a>c', 'b>d', 'c>d', 'd'], []],
  ])('finds the cycles of %j', (edges, cycles) => {
    const text = edges
      .map((edge) => edge.split('>'))
      .reduce((all, [from = '', to]) => {
        all.set(from, [...(all.get(from) ?? []), ...(to === undefined ? [] : [`default/${to}`])]);
        return all;
      }, new Map<string, string[]>());
    const manifests = [...text].map(([name, targets]) => declare(name, targets)).join('---\n');
    const found = problemsOf(manifests).map((problem) => /cycle (.*),/.exec(problem)?.[1]);
    expect(found).toEqual(cycles);
  });
});

describe('properties', () => {
  it('survives any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('a.yaml', 'a.json'),
        (text, path) => {
          const result = parse([{ path, text }]);
          expect(result.ok ? result.resources.length : result.errors.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('survives any damage to a manifest', () => {
    const damage = fc.tuple(
      fc.nat({ max: MINIMAL.length }),
      fc.nat({ max: 10 }),
      fc.stringMatching(/^[\s:{}[\]&*!|>'"%@`#,\-?a-z0-9]{0,4}$/),
    );
    fc.assert(
      fc.property(damage, ([at, length, text]) => {
        const broken = MINIMAL.slice(0, at) + text + MINIMAL.slice(at + length);
        const result = parse([{ path: 'a.yaml', text: broken }]);
        expect(result.documents.length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });

  it('survives any value in any place', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (spec, metadata) => {
        const manifest = { apiVersion: 'vigil.io/v1', kind: 'Service', metadata, spec };
        const result = parse([{ path: 'a.json', text: JSON.stringify(manifest) }]);
        expect(result.ok).toBe(false);
      }),
    );
  });

  it('gives the same digest for any order of keys and any formatting', () => {
    const [original] = parsed(MINIMAL).resources;
    const reordered = fc.shuffledSubarray(['apiVersion', 'kind', 'metadata', 'spec'], {
      minLength: 4,
    });
    const fields: Record<string, unknown> = {
      apiVersion: 'vigil.io/v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { runtime: 'process', command: ['sleep', '60'] },
    };
    fc.assert(
      fc.property(
        reordered,
        fc.integer({ min: 1, max: 8 }),
        fc.nat({ max: 3 }),
        (keys, indent, flowLevel) => {
          const value = Object.fromEntries(keys.map((key) => [key, fields[key]]));
          const yaml = parsed(dump(value, { indent, flowLevel })).resources[0];
          const json = parsed(JSON.stringify(value, null, indent), 'a.json').resources[0];
          expect([yaml?.digest, json?.digest]).toEqual([original?.digest, original?.digest]);
        },
      ),
    );
  });

  it('hands out what the canonical schemas read', () => {
    const { resources } = parsed(
      `${MINIMAL}---\npolicies: [{ name: p, condition: a > 1, action: notify }]\n---\n${host('')}`,
    );
    for (const { manifest } of resources) {
      expect(Manifest.parse(manifest)).toEqual(manifest);
    }
  });
});
