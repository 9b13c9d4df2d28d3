import type { ActionLogEntry } from '@vigil/contracts';
import { answerOf, Containers, webContainer, type Container, type World } from '@vigil/e2e';
import { eventually, testImage, type DockerEngine } from '@vigil/testkit';
import { PATIENCE_MS, type Fault } from '../faults/fault.js';
import { logOf, type Workload } from './workload.js';

const INTERVAL_MS = 100;
const IMAGE = testImage({ reference: 'chaos:1' });

/** Two containers of a real engine, which itself restarts what ends by itself. */
export class ContainerService implements Workload {
  readonly name = 'box';
  readonly replicas = 2;
  private readonly ids = new Set<string>();
  private readonly doubles = new Set<string>();
  private containers: Containers | undefined;
  private timer: NodeJS.Timeout | undefined;

  private constructor(private readonly engine: DockerEngine) {}

  static async on(engine: DockerEngine): Promise<ContainerService> {
    await engine.docker.load(IMAGE);
    return new ContainerService(engine);
  }

  manifest(mode: string): string {
    return webContainer({
      name: this.name,
      image: IMAGE.reference,
      replicas: this.replicas,
      mode,
      remediation: '{ stableAfter: 500ms, cooldownPeriod: 2s, maxRestarts: 1000 }',
    });
  }

  watch(world: World): Fault[] {
    const containers = new Containers(this.engine, world);
    this.containers = containers;
    this.timer = setInterval(() => void this.look(containers), INTERVAL_MS);
    const { docker } = this.engine;
    return [
      this.fault(containers, 'docker kill', 0, ({ id }) => docker.kill(id)),
      this.fault(containers, 'docker rm -f', 0, ({ id }) => docker.remove(id)),
      this.fault(containers, 'docker stop', 1, ({ id }) => docker.stop(id)),
      this.fault(containers, 'hang', 1, signalled('SIGSTOP')),
      this.fault(containers, 'kill the first process', 1, signalled('SIGKILL')),
    ];
  }

  async expectMode(mode: string): Promise<void> {
    const found = (await this.containers?.of(this.name)) ?? [];
    // what a crash has left between making and starting it stays until the next one is made
    const running = found.filter((container) => container.running);
    if (running.length !== this.replicas) throw new Error(`${running.length} containers run`);
    for (const container of running) {
      const answer = await answerOf(container);
      if (!answer.startsWith(`1 ${mode} `)) throw new Error(`it answers ${answer}`);
    }
  }

  async violations(log: readonly ActionLogEntry[]): Promise<string[]> {
    await this.stop();
    const issued = logOf(this.name, log).filter(
      (entry) =>
        entry.kind === 'operation-issued' && ['start', 'restart'].includes(entry.operation.kind),
    ).length;
    return [
      ...[...this.doubles].map((replica) => `replica ${replica} ran in two containers at a time`),
      ...(this.ids.size <= issued
        ? []
        : [`${this.ids.size} containers were made, and the audit tells of ${issued} operations`]),
    ];
  }

  stop(): Promise<void> {
    clearInterval(this.timer);
    return Promise.resolve();
  }

  private async look(containers: Containers): Promise<void> {
    // an engine that is away has nothing to tell
    const found = await containers.of(this.name).catch(() => []);
    for (const { id } of found) this.ids.add(id);
    const running = found.filter((container) => container.running).map(({ replica }) => replica);
    for (const [index, replica] of running.entries()) {
      if (running.indexOf(replica) !== index) this.doubles.add(String(replica));
    }
  }

  private fault(
    containers: Containers,
    what: string,
    replica: number,
    inflict: (container: Container) => Promise<void>,
  ): Fault {
    const name = `${this.name}-${String(replica)}`;
    return {
      name: `${what} ${name}`,
      target: name,
      inflict: async () => {
        await eventually(
          async () => {
            const container = (await containers.of(this.name)).find(
              // without a pid the engine is about to restart it
              (each) => each.replica === replica && each.running && each.pid > 0,
            );
            if (container === undefined) throw new Error(`${name} does not run`);
            await inflict(container);
            return true;
          },
          { withinMs: PATIENCE_MS },
        );
      },
    };
  }
}

/** To the first process of the container, from the host. */
function signalled(signal: NodeJS.Signals): (container: Container) => Promise<void> {
  return ({ pid }) => {
    process.kill(pid, signal);
    return Promise.resolve();
  };
}
