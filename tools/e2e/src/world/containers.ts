import {
  EngineRefused,
  eventually,
  type DockerByHand,
  type DockerEngine,
  type Inspected,
  type Listed,
} from '@vigil/testkit';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from './world.js';

/** The container of a replica as a person on its host sees it. */
export interface Container {
  readonly id: string;
  readonly name: string;
  readonly replica: number;
  /** Identifies one launch: also one of the same container. */
  readonly launch: string;
  readonly pid: number;
  readonly running: boolean;
  readonly address: string;
  readonly inspected: Inspected;
}

/** The containers of one installation's services in the namespace `shop` on an engine. */
export class Containers {
  /** What its labels and names of containers say. */
  readonly installation: string;
  readonly docker: DockerByHand;

  constructor(engine: DockerEngine, world: World) {
    this.docker = engine.docker;
    this.installation = readFileSync(join(world.home, 'instance'), 'utf8').trim();
  }

  /** All of a service, also those that do not run, by number. */
  async of(name: string): Promise<Container[]> {
    const listed = await this.listed(name);
    const found = await Promise.all(listed.map(({ Id }) => this.docker.inspect(Id).catch(ifGone)));
    return found
      .flatMap((each) => (each === undefined ? [] : [containerOf(each)]))
      .toSorted((a, b) => a.replica - b.replica);
  }

  /** @throws Error unless the replica has exactly one container */
  async replica(name: string, replica = 0): Promise<Container> {
    const [container, ...others] = (await this.listed(name)).filter(
      ({ Labels }) => Labels['vigil.io/replica'] === String(replica),
    );
    if (container === undefined || others.length > 0) {
      throw new Error(`replica ${replica} of ${name} has not one container`);
    }
    return containerOf(await this.docker.inspect(container.Id));
  }

  /** Waits until another launch than that of `before` answers as the same replica. */
  async expectRelaunched(name: string, before: Container): Promise<Container> {
    return eventually(
      async () => {
        const container = await this.replica(name, before.replica);
        if (container.launch === before.launch) throw new Error(`still ${container.launch}`);
        await answerOf(container);
        return container;
      },
      // a fault that comes soon after the last repair waits for its backoff of 10 s
      { withinMs: 30_000 },
    );
  }

  /** What a replica answers: `<version> <MODE> <hostname> <launch>`. */
  async ask(name: string, replica = 0): Promise<string> {
    return answerOf(await this.replica(name, replica));
  }

  private async listed(name: string): Promise<Listed[]> {
    const listed = await this.docker.list(`vigil.io/instance=${this.installation}`);
    return listed.filter(({ Labels }) => Labels['vigil.io/resource'] === `shop/Service/${name}`);
  }

  /** As somebody does who wants another variable in it, and keeps everything else: labels, too. */
  async recreateWith(container: Container, env: Readonly<Record<string, string>>): Promise<void> {
    const { Config, HostConfig } = container.inspected;
    await this.docker.remove(container.id);
    await this.docker.run({
      name: container.name,
      image: Config.Image,
      labels: Config.Labels ?? {},
      config: { Env: [...(Config.Env ?? []), ...Object.entries(env).map(([k, v]) => `${k}=${v}`)] },
      hostConfig: HostConfig,
    });
  }
}

/** Over HTTP, as any client on the host. */
export async function answerOf({ address }: Pick<Container, 'address'>): Promise<string> {
  const response = await fetch(`http://${address}/`, {
    headers: { connection: 'close' },
    signal: AbortSignal.timeout(500),
  });
  return (await response.text()).trim();
}

/** What was listed may be gone by now: an attempt that failed is taken back. */
function ifGone(error: unknown): undefined {
  if (error instanceof EngineRefused && error.status === 404) return undefined;
  throw error;
}

function containerOf(inspected: Inspected): Container {
  const { Id, Name, State, Config, NetworkSettings } = inspected;
  return {
    id: Id,
    name: Name.replace(/^\//, ''),
    replica: Number(Config.Labels?.['vigil.io/replica']),
    launch: `${Id.slice(0, 12)} ${State.StartedAt}`,
    pid: State.Pid,
    running: State.Running,
    address: NetworkSettings.IPAddress,
    inspected,
  };
}
