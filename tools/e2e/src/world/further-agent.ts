import { EnrolmentToken } from '@vigil/contracts';
import {
  recordProcess,
  startGate,
  temporaryDirectory,
  type DockerEngine,
  type Gate,
} from '@vigil/testkit';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { World } from './world.js';

const AGENT = resolve(
  dirname(fileURLToPath(import.meta.url)),
  '../../../..',
  'dist/apps/agent/main.js',
);

/** The agent of one more host of a world, with an engine of its own, that can be cut off. */
export class FurtherAgent {
  private constructor(
    readonly host: string,
    private readonly process: ChildProcess,
    private readonly gate: Gate,
  ) {}

  /** Enrols a host under a name that no other has; it reports when it is ready by itself. */
  static async start(world: World, host: string, engine: DockerEngine): Promise<FurtherAgent> {
    const { status, body } = await world.api.post('/agents/tokens', { host });
    if (status !== 201) throw new Error(`no token for ${host}: ${String(status)}`);
    const { token } = EnrolmentToken.parse(body);
    const gate = await startGate(Number(new URL(world.api.url).port));
    const agent = spawn(process.execPath, [AGENT], {
      env: {
        PATH: process.env['PATH'] ?? '',
        VIGIL_COLLECTOR_URL: `http://127.0.0.1:${String(gate.port)}`,
        VIGIL_ENROLL_TOKEN: token,
        VIGIL_AGENT_HOST: host,
        VIGIL_AGENT_HOME: join(temporaryDirectory(host), 'agent'),
        VIGIL_AGENT_PORT: 'off',
        VIGIL_DOCKER_HOST: `unix://${engine.socket}`,
      },
      stdio: 'ignore',
    });
    if (agent.pid !== undefined) recordProcess(agent.pid);
    return new FurtherAgent(host, agent, gate);
  }

  /** It lives, and nobody hears of it. */
  cutOff(): void {
    this.gate.close();
  }

  reconnect(): void {
    this.gate.open();
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const exited = once(this.process, 'exit');
      this.process.kill('SIGTERM');
      await exited;
    }
    await this.gate.stop();
  }
}
