import { ManifestsRejected } from '@vigil/contracts';
import { eventually, startNats, temporaryDirectory } from '@vigil/testkit';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MessagingRig } from './testing/messaging-rig.js';

/** The process around a service, on a bundle as it is shipped. */

const here = dirname(fileURLToPath(import.meta.url));

class ExampleProcess {
  output = '';
  readonly exit: Promise<number | null>;

  constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
    this.exit = once(child, 'close').then(() => child.exitCode);
  }

  async says(pattern: RegExp): Promise<RegExpExecArray> {
    return eventually(() => pattern.exec(this.output));
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

describe('the process of a service', () => {
  let rig: MessagingRig;
  let bundle: string;
  const started: ExampleProcess[] = [];

  beforeAll(async () => {
    rig = await MessagingRig.on(await startNats());
    bundle = join(temporaryDirectory('example'), 'main.mjs');
    await promisify(execFile)(process.execPath, [
      join(here, 'testing/bundle.mjs'),
      join(here, 'testing/example-main.ts'),
      bundle,
    ]);
  }, 30_000);
  afterEach(async () => {
    for (const example of started) example.kill('SIGKILL');
    await Promise.all(started.splice(0).map((example) => example.exit));
    // what a test left unacknowledged is nothing for the next one
    const { manager } = await rig.session();
    await manager.streams.purge('EVENTS');
  });
  afterAll(() => rig.stop());

  function start(env: Record<string, string> = {}, ...args: string[]): ExampleProcess {
    const child = spawn(process.execPath, ['--enable-source-maps', bundle, ...args], {
      env: { PATH: process.env['PATH'] ?? '', NATS_URL: rig.nats.url, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const example = new ExampleProcess(child);
    started.push(example);
    return example;
  }

  const reject = (source: string) =>
    rig.bus.publish(ManifestsRejected, {
      source,
      revision: 'r',
      errors: [],
      at: 1,
      correlationId: 'c-1',
    });

  it('finishes what it does and exits 0 on SIGTERM', async () => {
    const example = start();
    await example.says(/listening on/);
    await reject('slow');
    await example.says(/begin slow/);
    example.kill('SIGTERM');
    expect(await example.exit).toBe(0);
    expect(example.output).toMatch(/end slow[^]*"message":"stopped"/);
  });

  it('exits 0 on SIGINT also while NATS is away', async () => {
    const example = start({ NATS_URL: 'nats://127.0.0.1:1' });
    await example.says(/NATS is not reachable/);
    example.kill('SIGINT');
    expect(await example.exit).toBe(0);
  });

  it('logs and exits 1 after an error that nobody caught', async () => {
    const example = start();
    await example.says(/listening on/);
    await reject('bug');
    expect(await example.exit).toBe(1);
    expect(example.output).toContain('a bug outside of any handler');
  });

  it('exits 1 when a handler says that it cannot go on, and gets the message again', async () => {
    const example = start();
    await example.says(/listening on/);
    await reject('crash');
    expect(await example.exit).toBe(1);
    const next = start();
    await next.says(/begin crash/);
    expect(await next.exit).toBe(1);
  });

  it('leaves what it had begun to the next process when it is killed', async () => {
    const killed = start();
    await killed.says(/listening on/);
    await reject('slow');
    await killed.says(/begin slow/);
    killed.kill('SIGKILL');
    await killed.exit;
    const next = start();
    await next.says(/end slow/);
  }, 15_000);

  it('exits 1 and says why when its port is taken', async () => {
    const first = start();
    const [, port = ''] = await first.says(/listening on http:\/\/127\.0\.0\.1:(\d+)/);
    const second = start({ VIGIL_EVALUATOR_PORT: port });
    expect(await second.exit).toBe(1);
    expect(second.output).toContain('EADDRINUSE');
  });

  it('exits 2 on a wrong or unknown variable, names it, and shows no stack', async () => {
    const example = start({ VIGIL_EVALUATOR_PORT: '80x', VIGIL_LOG_LEVLE: 'debug' });
    expect(await example.exit).toBe(2);
    expect(example.output.split('\n')).toEqual([
      'example cannot start: its configuration is wrong.',
      '  VIGIL_LOG_LEVLE: found an unknown variable, expected VIGIL_LOG_LEVEL (did you mean that?)',
      '  VIGIL_EVALUATOR_PORT: found "80x", expected a whole number from 0 to 65535',
      '',
    ]);
  });

  it('exits 2 when it cannot read the file of a key', async () => {
    const example = start({ VIGIL_ADMIN_KEY_FILE: '/nowhere/admin.key' });
    expect(await example.exit).toBe(2);
    expect(example.output).toContain(
      'VIGIL_ADMIN_KEY_FILE: found /nowhere/admin.key, expected a readable file\n',
    );
  });

  it('prints its configuration without secrets', async () => {
    const file = join(temporaryDirectory('config'), 'example.yaml');
    writeFileSync(file, 'port: 0\nlogLevel: warn\n');
    const example = start(
      { NATS_URL: 'nats://vigil:hunter2@127.0.0.1:4222' },
      '--config',
      file,
      '--print-config',
    );
    expect(await example.exit).toBe(0);
    expect(example.output).toContain('VIGIL_LOG_LEVEL=warn\n');
    expect(example.output).toContain('NATS_URL=********\n');
    expect(example.output).not.toContain('hunter2');
  });

  it('goes on when whoever reads its output has gone', async () => {
    const child = spawn(process.execPath, [bundle], {
      env: { PATH: process.env['PATH'] ?? '', NATS_URL: rig.nats.url, VIGIL_LOG_LEVEL: 'debug' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const example = new ExampleProcess(child);
    started.push(example);
    const [, url = ''] = await example.says(/listening on (http:[\d./:]+)/);
    await example.says(/connected to NATS/);
    child.stdout.destroy();
    child.stderr.destroy();
    await rig.restartNats();
    const ready = async () => (await fetch(`${url}/health`)).json();
    await eventually(async () => JSON.stringify(await ready()).includes('"nats":{"status":"ok"'));
    expect(child.exitCode).toBeNull();
  });
});
