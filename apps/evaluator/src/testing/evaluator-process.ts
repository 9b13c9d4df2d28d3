import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, freePort, recordProcess } from '@vigil/testkit';

const workspace = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');

/** Builds the evaluator as it is shipped. */
export function buildEvaluator(): void {
  execFileSync(process.execPath, ['tools/build/build.mjs', 'evaluator'], {
    cwd: workspace,
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** The built evaluator as a process, to be killed. */
export class EvaluatorProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly port: number,
  ) {}

  static async start(natsUrl: string, databaseUrl: string): Promise<EvaluatorProcess> {
    const port = await freePort();
    const child = spawn(process.execPath, ['dist/apps/evaluator/main.js'], {
      cwd: workspace,
      env: {
        PATH: process.env.PATH,
        NATS_URL: natsUrl,
        DATABASE_URL: databaseUrl,
        VIGIL_EVALUATOR_PORT: String(port),
        VIGIL_MODE: 'auto',
      },
      stdio: 'ignore',
    });
    recordProcess(child.pid ?? 0);
    const started = new EvaluatorProcess(child, port);
    await eventually(() => started.isReady());
    return started;
  }

  /** Ends it at once, as a crash does. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }

  /** Ends it in order; resolves with its exit code. */
  async terminate(): Promise<number | null> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
    return this.child.exitCode;
  }

  private async isReady(): Promise<boolean> {
    const response = await fetch(`http://127.0.0.1:${this.port}/health/ready`);
    return response.status === 200;
  }
}
