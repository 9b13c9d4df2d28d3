import { z } from 'zod';
import { EngineApi } from './engine-api.js';
import { dockerArchive, type TestImage } from './test-image.js';

/** What tests look at of a container; the rest is there too. */
const Inspected = z.looseObject({
  Id: z.string(),
  Name: z.string(),
  Image: z.string(),
  RestartCount: z.number(),
  State: z.looseObject({
    Status: z.string(),
    Running: z.boolean(),
    Pid: z.number(),
    ExitCode: z.number(),
    StartedAt: z.string(),
  }),
  Config: z.looseObject({
    Image: z.string(),
    Env: z.array(z.string()).nullable(),
    Labels: z.record(z.string(), z.string()).nullable(),
  }),
  HostConfig: z.looseObject({ Memory: z.number(), NanoCpus: z.number() }),
  NetworkSettings: z.looseObject({ IPAddress: z.string() }),
});
export type Inspected = z.infer<typeof Inspected>;

const Listed = z.looseObject({
  Id: z.string(),
  Names: z.array(z.string()),
  Image: z.string(),
  State: z.string(),
  Labels: z.record(z.string(), z.string()),
});
export type Listed = z.infer<typeof Listed>;

const EngineEvent = z
  .object({ Action: z.string(), timeNano: z.number(), Actor: z.object({ ID: z.string() }) })
  .transform(({ Action, timeNano, Actor }) => ({
    action: Action,
    container: Actor.ID,
    /** Unix ms. */
    at: timeNano / 1e6,
  }));
export type EngineEvent = z.infer<typeof EngineEvent>;

const Created = z.looseObject({ Id: z.string() });

export interface RunOptions {
  readonly image: string;
  readonly name?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** Container's port by host port, on every address of the host. */
  readonly ports?: Readonly<Record<number, number>>;
  readonly restart?: 'no' | 'always' | 'unless-stopped' | 'on-failure';
  /** Further fields of the engine's own `HostConfig`. */
  readonly hostConfig?: object;
  /** Further fields beside `HostConfig`. */
  readonly config?: object;
}

/** What a person does on the host with the `docker` command, under the names of its subcommands. */
export class DockerByHand {
  private readonly api: EngineApi;

  constructor(socket: string) {
    this.api = new EngineApi(socket);
  }

  /** Makes the image known to the engine; a reference that was another image's moves. */
  async load(image: TestImage): Promise<void> {
    const said = await this.api.postArchive('/images/load?quiet=1', dockerArchive(image));
    refuseErrors(`docker load ${image.reference}`, said);
  }

  /** `docker pull`, after a `docker login` when there are credentials. */
  async pull(reference: string, credentials?: { user: string; password: string }): Promise<void> {
    const headers = credentials === undefined ? {} : { 'x-registry-auth': encoded(credentials) };
    const path = `/images/create?fromImage=${encodeURIComponent(reference)}`;
    refuseErrors(`docker pull ${reference}`, await this.api.post(path, undefined, headers));
  }

  /** Creates and starts a container; its id. */
  async run(options: RunOptions): Promise<string> {
    const id = await this.create(options);
    await this.start(id);
    return id;
  }

  async create(options: RunOptions): Promise<string> {
    const { name, image, env = {}, labels = {}, ports = {}, restart = 'no' } = options;
    const query = name === undefined ? '' : `?name=${encodeURIComponent(name)}`;
    const created = await this.api.post(`/containers/create${query}`, {
      Image: image,
      Env: Object.entries(env).map(([variable, value]) => `${variable}=${value}`),
      Labels: labels,
      ExposedPorts: byContainerPort(ports, () => ({})),
      ...options.config,
      HostConfig: {
        PortBindings: byContainerPort(ports, (hostPort) => [{ HostPort: hostPort }]),
        RestartPolicy: { Name: restart },
        ...options.hostConfig,
      },
    });
    return Created.parse(created).Id;
  }

  async start(container: string): Promise<void> {
    await this.api.post(`${path(container)}/start`);
  }

  async stop(container: string, graceSeconds = 10): Promise<void> {
    await this.api.post(`${path(container)}/stop?t=${String(graceSeconds)}`);
  }

  async restart(container: string): Promise<void> {
    await this.api.post(`${path(container)}/restart`);
  }

  async kill(container: string, signal = 'SIGKILL'): Promise<void> {
    await this.api.post(`${path(container)}/kill?signal=${signal}`);
  }

  async pause(container: string): Promise<void> {
    await this.api.post(`${path(container)}/pause`);
  }

  async unpause(container: string): Promise<void> {
    await this.api.post(`${path(container)}/unpause`);
  }

  async rename(container: string, name: string): Promise<void> {
    await this.api.post(`${path(container)}/rename?name=${encodeURIComponent(name)}`);
  }

  /** `docker rm -f`. */
  async remove(container: string): Promise<void> {
    await this.api.delete(`${path(container)}?force=1`);
  }

  /** `docker update`, with the fields of the engine's API, for example `Memory` in bytes. */
  async update(container: string, changes: object): Promise<void> {
    await this.api.post(`${path(container)}/update`, changes);
  }

  async inspect(container: string): Promise<Inspected> {
    return Inspected.parse(await this.api.get(`${path(container)}/json`));
  }

  /** `docker ps -a`, of those that have the label, or all. */
  async list(label?: string): Promise<Listed[]> {
    return this.filtered(label === undefined ? {} : { label: [label] });
  }

  /** Those of which the engine's own health check says so. */
  async unhealthy(): Promise<Listed[]> {
    return this.filtered({ health: ['unhealthy'] });
  }

  /** What happened to containers from then on until now. */
  async events(sinceMs: number): Promise<EngineEvent[]> {
    const range = `since=${(sinceMs / 1000).toFixed(3)}&until=${(Date.now() / 1000).toFixed(3)}`;
    const filters = encodeURIComponent(JSON.stringify({ type: ['container'] }));
    const lines = await this.api.getLines(`/events?${range}&filters=${filters}`);
    return lines.map((line) => EngineEvent.parse(line));
  }

  async createNetwork(name: string): Promise<void> {
    await this.api.post('/networks/create', { Name: name, Driver: 'bridge' });
  }

  async removeNetwork(name: string): Promise<void> {
    await this.api.delete(`/networks/${encodeURIComponent(name)}`);
  }

  /** `docker network disconnect`. */
  async disconnect(network: string, container: string): Promise<void> {
    const path = `/networks/${encodeURIComponent(network)}/disconnect`;
    await this.api.post(path, { Container: container });
  }

  /** `docker network connect`, under further names. */
  async connect(
    network: string,
    container: string,
    aliases: readonly string[] = [],
  ): Promise<void> {
    const EndpointConfig = { Aliases: aliases };
    await this.api.post(`/networks/${encodeURIComponent(network)}/connect`, {
      Container: container,
      EndpointConfig,
    });
  }

  async removeImage(reference: string): Promise<void> {
    await this.api.delete(`/images/${encodeURIComponent(reference)}?force=1`);
  }

  private async filtered(filters: object): Promise<Listed[]> {
    const query = `all=1&filters=${encodeURIComponent(JSON.stringify(filters))}`;
    return z.array(Listed).parse(await this.api.get(`/containers/json?${query}`));
  }
}

function byContainerPort<T>(
  ports: Readonly<Record<number, number>>,
  valueFor: (hostPort: string) => T,
): Record<string, T> {
  return Object.fromEntries(
    Object.entries(ports).map(([hostPort, port]) => [`${String(port)}/tcp`, valueFor(hostPort)]),
  );
}

function path(container: string): string {
  return `/containers/${encodeURIComponent(container)}`;
}

/** For URLs, but with the padding that older engines insist on. */
function encoded({ user, password }: { user: string; password: string }): string {
  const text = Buffer.from(JSON.stringify({ username: user, password })).toString('base64');
  return text.replaceAll('+', '-').replaceAll('/', '_');
}

/** The status is sent before the work is done: what went wrong is in the text. */
function refuseErrors(command: string, said: unknown): void {
  const text = typeof said === 'string' ? said : JSON.stringify(said);
  if (text.includes('errorDetail')) throw new Error(`${command}: ${text}`);
}
