import { load } from 'js-yaml';
import { importCompose, type ComposeSource } from './import-compose.js';
import { shellWords } from './shell-words.js';
import { readVariables } from './variables-file.js';

function imported(text: string, more: Partial<ComposeSource> = {}) {
  return importCompose({
    text,
    directory: '/srv/My_Shop',
    env: {},
    read: () => undefined,
    separator: '-',
    ...more,
  });
}

/** The spec of the service `web`, without what every manifest has. */
function specOf(web: string, more: Partial<ComposeSource> = {}): unknown {
  const { files, notes } = imported(`services: { web: { image: web, ${web} } }`, more);
  expect(notes).toEqual([]);
  return load(files[0]?.text ?? '');
}

const notesOf = (text: string, more: Partial<ComposeSource> = {}) =>
  imported(text, more).notes.map(({ severity, place }) => `${severity} ${place}`);

describe('importCompose', () => {
  it('names things as Compose does', () => {
    expect(specOf('scale: 2')).toMatchObject({
      metadata: { name: 'web', namespace: 'my-shop' },
      spec: {
        replicas: 2,
        adopt: ['my_shop-web-1', 'my_shop-web-2'],
        networks: ['my_shop_default'],
        remediation: { mode: 'observe' },
      },
    });
    expect(specOf('', { project: 'p', separator: '_' })).toMatchObject({
      spec: { adopt: ['p_web_1'] },
    });
  });

  it.each<[string, object]>([
    ['command: "sh -c \'a b\' \\"c d\\""', { command: ['sh', '-c', 'a b', 'c d'] }],
    ['entrypoint: [a, 1]', { entrypoint: ['a', '1'] }],
    ['environment: [A=1, B, C=]', { env: { A: '1', C: '' } }],
    ['environment: { A: true, B: , C: 2 }', { env: { A: 'true', C: '2' } }],
    ['environment: [PASSWORD_FILE=/run/pw]', { env: { PASSWORD_FILE: '/run/pw' } }],
    [
      'ports: ["80", "8080:81", "3000-3001:4000-4001"]',
      { ports: ['80', '8080:81', '3000:4000', '3001:4001'] },
    ],
    ['ports: [{ target: 80, published: 8080 }]', { ports: ['8080:80'] }],
    [
      'ports: ["127.0.0.1:80:80", "[::1]::81", "53:53/udp"]',
      { ports: ['127.0.0.1:80:80', '[::1]::81', '53:53/udp'] },
    ],
    [
      'ports: [{ target: 53, published: 53, protocol: udp, host_ip: "::1" }]',
      { ports: ['[::1]:53:53/udp'] },
    ],
    [
      'ports: [":8080:80", { target: 81, published: 8081, host_ip: "" }]',
      { ports: ['8080:80', '8081:81'] },
    ],
    ['volumes: ["./a:/a:ro", "/b:/b"]', { volumes: ['/srv/My_Shop/a:/a:ro', '/b:/b'] }],
    ['volumes: ["data:/d"]', { volumes: ['my_shop_data:/d'] }],
    [
      'volumes: [{ type: bind, source: ./a, target: /a, read_only: true }]',
      { volumes: ['/srv/My_Shop/a:/a:ro'] },
    ],
    ['network_mode: host', { networks: ['host'] }],
    ['user: 1000', { user: '1000' }],
    ['labels: [a=b, c]', { labels: { a: 'b', c: '' } }],
    ['cap_drop: [ALL]', { capabilities: { drop: ['ALL'] } }],
    ['mem_limit: 1.5g, cpus: 0.25', { resources: { cpu: '250m', memory: '1536Mi' } }],
    ['deploy: { resources: { limits: { memory: 64M } } }', { resources: { memory: '64Mi' } }],
    ['stop_grace_period: 1m30s', { stopGracePeriod: '1m30s' }],
    ['pull_policy: always', { pullPolicy: 'Always' }],
    ['container_name: mine', { adopt: ['mine'] }],
    [
      'healthcheck: { test: "true || false", interval: 2s }',
      { healthCheck: { exec: ['/bin/sh', '-c', 'true || false'], interval: '2s', timeout: '30s' } },
    ],
  ])('%s', (web, expected) => {
    expect(specOf(web)).toMatchObject({ spec: expected });
  });

  it('fills variables in, from the environment before .env', () => {
    const read = (path: string) => (path === '/srv/My_Shop/.env' ? 'A=file\nB=file' : undefined);
    expect(specOf('environment: ["V=$A-$B-${C:-c}"]', { env: { A: 'env' }, read })).toMatchObject({
      spec: { env: { V: 'env-file-c' } },
    });
  });

  it('binds services to the host that they run on', () => {
    const { files } = imported('services: { web: { image: web } }', { host: 'alpha' });
    expect(files.map(({ name }) => name).sort()).toEqual(['host-alpha.yaml', 'web.yaml']);
    const web = files.find(({ name }) => name === 'web.yaml')?.text ?? '';
    expect(load(web)).toMatchObject({
      spec: { placement: { hosts: { matchLabels: { host: 'alpha' } } } },
    });
  });

  it.each([
    ['hostname: a', 'warning services.web.hostname'],
    ['privileged: true', 'warning services.web.privileged'],
    ['ports: ["53:53/sctp"]', 'warning services.web.ports.0'],
    ['volumes: [/anonymous]', 'warning services.web.volumes.0'],
    ['volumes: ["a:/a:z"]', 'warning services.web.volumes.0'],
    ['restart: "no"', 'warning services.web.restart'],
    [
      'networks: { default: { ipv4_address: 10.0.0.2 } }',
      'warning services.web.networks.default.ipv4_address',
    ],
    [
      'networks: { default: { aliases: [web, www] } }',
      'warning services.web.networks.default.aliases.1',
    ],
    ['deploy: { placement: {} }', 'warning services.web.deploy.placement'],
    ['build: .', 'warning services.web.build'],
    ['environment: ["DB_PASSWORD=x"]', 'warning services.web.environment'],
    ['environment: ["DB=postgres://app:x@db/app"]', 'warning services.web.environment'],
    ['command: redis-server --requirepass=x', 'warning services.web.command'],
    ['entrypoint: [app, --token, x]', 'warning services.web.entrypoint'],
    ['healthcheck: { test: "app --token=x" }', 'warning services.web.healthcheck.test'],
    ['labels: { api-key: x }', 'warning services.web.labels'],
    [
      'logging: { driver: splunk, options: { splunk-token: x } }',
      'warning services.web.logging.options',
    ],
    ['labels: { a: [] }', 'error services.web.labels.a'],
    ['env_file: none.env', 'error services.web.env_file'],
    ['extends: { service: base }', 'error services.web.extends'],
    ['environment: ["A=${B?is needed}"]', 'error services.web.environment.0'],
    ['working_dir: relative', 'error web/spec/workingDir'],
  ])('tells where it cannot say %s', (web, expected) => {
    expect(notesOf(`services: { web: { image: web, ${web} } }`)).toEqual([expected]);
  });

  it('tells of a secret that comes from the environment', () => {
    const more = { env: { PW: 'hunter2' } };
    expect(
      notesOf('services: { web: { image: web, command: "app --password=$PW" } }', more),
    ).toEqual(['warning services.web.command']);
  });

  it('tells of a service that gets another name, by which others in its networks do not know it', () => {
    expect(imported('services: { api_srv: { image: web } }').notes).toEqual([
      {
        severity: 'warning',
        place: 'services.api_srv',
        message: 'is named api-srv instead of api_srv, also in its networks once it is made anew',
      },
    ]);
  });

  it('tells of whole sections, and of a project without services', () => {
    expect(notesOf('secrets: { a: { file: b } }\nx-more: 1')).toEqual([
      'warning secrets',
      'error services',
    ]);
  });
});

describe('readVariables', () => {
  it('reads what people write', () => {
    const text = '# c\nA=1 # c\nexport B="x\\ny"\nC=\'$A\'\nD=\nE\nF=a#b';
    expect([...readVariables(text)]).toEqual([
      ['A', '1'],
      ['B', 'x\ny'],
      ['C', '$A'],
      ['D', ''],
      ['E', undefined],
      ['F', 'a#b'],
    ]);
  });
});

describe('shellWords', () => {
  it.each([
    ['a  b\tc', ['a', 'b', 'c']],
    [`'a b' "c 'd'" e\\ f`, ['a b', "c 'd'", 'e f']],
    [`x"y"'z'`, ['xyz']],
    [`"a \\"b\\"" ''`, ['a "b"', '']],
  ])('%s', (text, expected) => {
    expect(shellWords(text)).toEqual(expected);
  });
});
