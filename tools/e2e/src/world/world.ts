import { eventually, freePort, temporaryDirectory, type DockerEngine } from '@vigil/testkit';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { ApiClient } from './api-client.js';
import { LaunchedVigil } from './launched-vigil.js';
import { Action, Alert, Drift, Explanation, pageOf, ResourceStatus, Source } from './views.js';

const WORKSPACE = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');
const PORT_VARIABLES = ['COLLECTOR', 'REMEDIATOR', 'GITOPSD', 'EVALUATOR', 'NOTIFIER', 'AGENT'];

export interface WorldOptions {
  /** Files of the directory source, by name. */
  readonly manifests?: Readonly<Record<string, string>>;
  /** Instead of the directory: what VIGIL_MANIFESTS names. */
  readonly source?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The engine whose containers the agent of this world looks after. */
  readonly engine?: DockerEngine;
}

/** Settings that put every service on a port of its own that is free. */
export async function freePorts(): Promise<Record<string, string>> {
  const ports: Record<string, string> = {};
  for (const name of PORT_VARIABLES) ports[`VIGIL_${name}_PORT`] = String(await freePort());
  return ports;
}

export interface CommandOutcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A whole installation as `npm start` runs it: real processes, its own PostgreSQL and nats-server,
 * ports and folders of its own. Scenarios see it only through its public faces.
 */
export class World {
  private constructor(
    readonly home: string,
    readonly manifests: string,
    private readonly env: Readonly<Record<string, string>>,
    private vigil: LaunchedVigil,
  ) {}

  static async start(options: WorldOptions = {}): Promise<World> {
    const home = temporaryDirectory('home');
    const manifests = temporaryDirectory('manifests');
    for (const [file, text] of Object.entries(options.manifests ?? {})) {
      writeFileSync(join(manifests, file), text);
    }
    const ports = await freePorts();
    const env = {
      VIGIL_HOME: home,
      VIGIL_MANIFESTS: options.source ?? manifests,
      VIGIL_METRICS_INTERVAL: '1s',
      // never the machine's own engine
      VIGIL_DOCKER_HOST: options.engine === undefined ? 'off' : `unix://${options.engine.socket}`,
      ...ports,
      ...options.env,
    };
    const vigil = LaunchedVigil.start(home, env);
    const world = new World(home, manifests, env, vigil);
    await vigil.ready();
    return world;
  }

  /** The launcher of this world. */
  get launcher(): LaunchedVigil {
    return this.vigil;
  }

  get api(): ApiClient {
    return new ApiClient(
      `http://127.0.0.1:${this.env['VIGIL_COLLECTOR_PORT'] ?? ''}`,
      readFileSync(join(this.home, 'admin.key'), 'utf8').trim(),
    );
  }

  /** The settings of this world, for whoever starts something else with them. */
  get settings(): Readonly<Record<string, string>> {
    return this.env;
  }

  /** Starts the launcher again on the same VIGIL_HOME. */
  async startAgain(): Promise<void> {
    this.vigil = LaunchedVigil.start(this.home, this.env);
    await this.vigil.ready();
  }

  async stop(): Promise<void> {
    await this.vigil.stop();
  }

  /** Writes a manifest as editors do: a new file that takes the old one's place. */
  write(file: string, text: string): void {
    const path = join(this.manifests, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.tmp~`, text);
    renameSync(`${path}.tmp~`, path);
  }

  remove(file: string): void {
    rmSync(join(this.manifests, file));
  }

  /** Reads from the API until `select` finds what it looks for. */
  async until<Schema extends z.ZodType, Found>(
    path: string,
    schema: Schema,
    select: (answer: z.output<Schema>) => Found | undefined,
    withinMs = 20_000,
  ): Promise<Exclude<Found, undefined | null | false>> {
    return eventually(
      async () => {
        const answer = await this.api.get(path);
        if (answer.status !== 200) {
          throw new Error(`${path}: ${String(answer.status)} ${JSON.stringify(answer.body)}`);
        }
        const found = select(schema.parse(answer.body));
        if (found === undefined || found === null || found === false) {
          throw new Error(`${path} is still ${JSON.stringify(answer.body)}`);
        }
        return found;
      },
      { withinMs, everyMs: 25 },
    );
  }

  /** Waits until the service has so many replicas, all of them answering, and nothing differs. */
  async expectRunning(name: string, replicas: number, withinMs?: number): Promise<ResourceStatus> {
    return this.until(
      `/manifests/shop/Service/${name}`,
      ResourceStatus,
      (status) =>
        status.sync === 'Synced' &&
        status.health === 'Healthy' &&
        status.readyReplicas === replicas &&
        status.replicas.length === replicas
          ? status
          : undefined,
      withinMs,
    );
  }

  /** A replica that answers. */
  async replica(name: string, replica = 0): Promise<{ pid: number; port: number }> {
    return this.until(`/manifests/shop/Service/${name}`, ResourceStatus, (status) => {
      const found = status.replicas.find((each) => each.replica === replica);
      const port = found?.ports[0];
      if (found?.pid === undefined || port === undefined || found.health !== 'healthy') return;
      return { pid: found.pid, port };
    });
  }

  /** Sends a signal to a replica's process. */
  async kill(name: string, replica = 0, signal: NodeJS.Signals = 'SIGKILL'): Promise<number> {
    const { pid } = await this.replica(name, replica);
    process.kill(pid, signal);
    return pid;
  }

  /** Waits until a replica is answered for by another process than `pid`, on its port. */
  async expectReplaced(name: string, pid: number, replica = 0, withinMs?: number): Promise<void> {
    await this.until(
      `/manifests/shop/Service/${name}`,
      ResourceStatus,
      (status) => {
        const found = status.replicas.find((each) => each.replica === replica);
        return found?.pid !== undefined && found.pid !== pid && found.health === 'healthy';
      },
      withinMs,
    );
  }

  /** What a replica answers over HTTP. */
  async ask(name: string, replica = 0): Promise<string> {
    const { port } = await this.replica(name, replica);
    const response = await fetch(`http://127.0.0.1:${String(port)}/`, {
      signal: AbortSignal.timeout(5000),
    });
    return response.text();
  }

  async actions(query = ''): Promise<Action[]> {
    return this.until(`/actions?limit=1000${query}`, pageOf(Action), ({ items }) => items);
  }

  /** The newest action of the service that `select` accepts. */
  async action(name: string, select: (action: Action) => boolean): Promise<Action> {
    return this.until(`/actions?target=shop/${name}`, pageOf(Action), ({ items }) =>
      items.find(select),
    );
  }

  async drift(): Promise<Drift[]> {
    return this.until('/drift', pageOf(Drift), ({ items }) => items);
  }

  async alert(select: (alert: Alert) => boolean, withinMs?: number): Promise<Alert> {
    return this.until('/alerts', pageOf(Alert), ({ items }) => items.find(select), withinMs);
  }

  async source(select: (source: Source) => boolean, name = 'default'): Promise<Source> {
    return this.until('/sources', pageOf(Source), ({ items }) =>
      items.find((source) => source.name === name && select(source)),
    );
  }

  /** Kinds of the steps of a causal chain, in order, each named once. */
  async chain(correlationId: string, complete: (kinds: string[]) => boolean): Promise<string[]> {
    return this.until(`/explain/${correlationId}`, Explanation, ({ steps }) => {
      const kinds = [...new Set(steps.map(({ kind }) => kind))];
      return complete(kinds) ? kinds : undefined;
    });
  }

  /** Runs `vigilctl` as in a checkout. */
  async vigilctl(...args: string[]): Promise<CommandOutcome> {
    const command = join(WORKSPACE, 'tools/bootstrap/vigilctl.mjs');
    const child = spawn(process.execPath, [command, ...args], {
      cwd: WORKSPACE,
      env: { PATH: process.env['PATH'] ?? '', VIGIL_HOME: this.home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const exitCode = await new Promise<number | null>((done) => child.once('close', done));
    return { exitCode, stdout, stderr };
  }
}
