import type { DockerByHand, Inspected } from '@vigil/testkit';

/** Five services that say most of what a Compose file can; variables come from `.env`. */
export const COMPOSE_FILE = `services:
  web:
    image: web:1
    environment:
      - MODE=\${MODE:-live}
      - GREETING=hello $$you
    ports: ["\${WEB_PORT}:80"]
    labels: { team: shop }
    depends_on: [api]
    restart: always
  api:
    image: web:1
    environment: &common { MODE: live, WORKERS: 4, DEBUG: "" }
    scale: 2
    depends_on: { db: { condition: service_started } }
    healthcheck:
      test: [CMD, wget, -q, -O, /dev/null, "http://127.0.0.1/health"]
      interval: 1s
      timeout: 1s
      retries: 5
    restart: unless-stopped
  db:
    image: web:1
    env_file: db.env
    volumes:
      - data:/var/lib/data
      - ./conf:/etc/db:ro
    mem_limit: 64m
    cpus: 0.5
    stop_grace_period: 1m30s
  cache:
    image: web:1
    user: "0"
    read_only: true
    cap_drop: [MKNOD]
    cap_add: [NET_ADMIN]
    logging: { driver: json-file, options: { max-size: 1m, max-file: 3 } }
    networks: [default, back]
    hostname: cache
  worker:
    image: web:1
    container_name: the-worker
    entrypoint: /bin/sh -c
    command: ["exec sleep 1000000"]
    working_dir: /tmp
    environment: { <<: *common, QUEUE: jobs }
    networks: [back]
networks: { back: { name: backstage } }
volumes: { data: {} }
`;

/** Creates and starts what `docker compose up` makes of {@link COMPOSE_FILE}, as it does, in `directory`. */
export async function composeUp(
  docker: DockerByHand,
  directory: string,
  webPort: number,
): Promise<Inspected[]> {
  for (const network of ['shop_default', 'backstage']) await docker.createNetwork(network);
  const common = { MODE: 'live', WORKERS: '4', DEBUG: '' };
  const made = [
    await up(docker, 'web', 1, {
      env: { MODE: 'live', GREETING: 'hello $you' },
      labels: { team: 'shop', 'com.docker.compose.depends_on': 'api:service_started:false' },
      ports: { [webPort]: 80 },
      hostConfig: { RestartPolicy: { Name: 'always' } },
    }),
    await up(docker, 'api', 1, { env: common, ...API }),
    await up(docker, 'api', 2, { env: common, ...API }),
    await up(docker, 'db', 1, {
      env: { DB_NAME: 'shop', DB_PASSWORD: 'hunter2' },
      hostConfig: {
        Binds: [`${directory}/conf:/etc/db:ro`],
        Mounts: [{ Type: 'volume', Source: 'shop_data', Target: '/var/lib/data' }],
        Memory: 64 * 1024 ** 2,
        NanoCpus: 500_000_000,
      },
      config: { StopTimeout: 90 },
    }),
    await up(docker, 'cache', 1, {
      config: { User: '0', Hostname: 'cache' },
      hostConfig: {
        ReadonlyRootfs: true,
        CapDrop: ['MKNOD'],
        CapAdd: ['NET_ADMIN'],
        LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '3' } },
      },
      further: ['backstage'],
    }),
    await up(docker, 'worker', 1, {
      name: 'the-worker',
      network: 'backstage',
      env: { ...common, QUEUE: 'jobs' },
      config: {
        Entrypoint: ['/bin/sh', '-c'],
        Cmd: ['exec sleep 1000000'],
        WorkingDir: '/tmp',
      },
    }),
  ];
  return Promise.all(made.map((name) => docker.inspect(name)));
}

const API = {
  config: {
    Healthcheck: {
      Test: ['CMD', 'wget', '-q', '-O', '/dev/null', 'http://127.0.0.1/health'],
      Interval: 1e9,
      Timeout: 1e9,
      Retries: 5,
    },
  },
  hostConfig: { RestartPolicy: { Name: 'unless-stopped' } },
};

interface Container {
  readonly name?: string;
  readonly network?: string;
  readonly further?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly ports?: Readonly<Record<number, number>>;
  readonly config?: object;
  readonly hostConfig?: object;
}

async function up(
  docker: DockerByHand,
  service: string,
  number: number,
  container: Container,
): Promise<string> {
  const { name = `shop-${service}-${String(number)}`, network = 'shop_default' } = container;
  const EndpointsConfig = { [network]: { Aliases: [name, service] } };
  await docker.create({
    name,
    image: 'web:1',
    env: container.env ?? {},
    ports: container.ports ?? {},
    labels: {
      ...container.labels,
      'com.docker.compose.project': 'shop',
      'com.docker.compose.service': service,
      'com.docker.compose.container-number': String(number),
      'com.docker.compose.oneoff': 'False',
      'com.docker.compose.config-hash': '0'.repeat(64),
    },
    config: { ...container.config, NetworkingConfig: { EndpointsConfig } },
    hostConfig: { NetworkMode: network, ...container.hostConfig },
  });
  for (const each of container.further ?? []) await docker.connect(each, name, [service]);
  await docker.start(name);
  return name;
}
