import { eventually, temporaryDirectory } from '@vigil/testkit';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { http } from '../../http/node-http.js';
import { launchSpecOf } from '../../state/agent-document.js';
import { launchOf } from '../../testing/documents.js';
import { resourceOf } from '../../testing/operations.js';
import { RuntimeWorld } from '../../testing/runtime-world.js';
import { httpCheck, processService } from '../../testing/service-manifest.js';

const NODE = process.execPath;

/** Runs until it is killed, and says nothing. */
const idle = (name: string, parts: Parameters<typeof processService>[1] = {}) =>
  processService(name, { command: ['sleep', '600'], ports: [], ...parts });

let world: RuntimeWorld;
beforeEach(async () => {
  world = await RuntimeWorld.open();
});
afterEach(() => world.close());

function isAlive(pid: number): boolean {
  const identity = world.runtime.processes.identify(pid);
  return identity !== undefined && world.runtime.processes.stateOf(identity) !== 'gone';
}

const Answer = z.object({ pid: z.number(), env: z.record(z.string(), z.string()) });

/** What the test's web server says about itself. */
function ask(port: number): Promise<z.infer<typeof Answer>> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(Answer.parse(JSON.parse(text))));
    });
    request.on('error', reject);
  });
}

describe('start', () => {
  it('runs the program in a session of its own, with its output in a file', async () => {
    const service = idle('say', { command: ['sh', '-c', 'echo hello; echo oops >&2; sleep 600'] });
    expect(await world.start(service)).toMatchObject({ status: 'succeeded' });
    const pid = world.pidOf(service);
    const [, session] =
      readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(2) ?? [];
    expect(session).toBe(String(pid));
    const path = world.runtime.outputs.pathOf(resourceOf(service), 0);
    await eventually(() => readFileSync(path, 'utf8') === 'hello\noops\n');
  });

  it('gives a minimal environment, the declared one, secrets of this host and the port', async () => {
    const secret = join(temporaryDirectory(), 'db-password');
    writeFileSync(secret, 'correct horse\n');
    process.env['AGENT_SECRET'] = 'not for children';
    const service = processService('web', {
      env: { MODE: 'live', PASSWORD: { secretRef: { file: secret } } },
      ports: [{ port: 80 }, { port: 9090 }],
    });
    await world.start(service);
    const observed = world.observe(service);
    const [first, second] = observed?.config.ports ?? [];
    const answer = await eventually(() => ask(first?.hostPort ?? 0));
    expect(answer.env).toMatchObject({
      MODE: 'live',
      PASSWORD: 'correct horse',
      PORT: String(first?.hostPort),
      PORT_80: String(first?.hostPort),
      PORT_9090: String(second?.hostPort),
      VIGIL_INSTANCE_ID: observed?.instance,
      VIGIL_RESOURCE: 'test/Service/web',
      VIGIL_REPLICA: '0',
    });
    expect(answer.env).not.toHaveProperty('AGENT_SECRET');
    expect(JSON.stringify(observed)).not.toContain('correct horse');
    expect(observed?.config.env).toEqual(service.spec.env);
  });

  it.each([
    ['a program that is not there', { command: ['/no/such/program'] }, /was not found/],
    ['a file that is no program', { command: ['/etc/passwd'] }, /may not be executed/],
    ['no command', { command: [] }, /no command/],
    ['a missing directory', { workingDir: '/no/such/place' }, /does not exist/],
    ['an unknown user', { user: 'nobody-of-this-name' }, /no user/],
    [
      'a missing secret',
      { env: { KEY: { secretRef: { file: '/no/secret' } } } },
      /env KEY: the secret file \/no\/secret cannot be read \(ENOENT\)/,
    ],
  ])('says why %s cannot be started, and leaves no trace', async (_what, spec, why) => {
    const service = idle('broken', spec);
    const outcome = await world.start(service);
    expect(outcome).toMatchObject({ status: 'failed', code: 'spawn-failed' });
    expect(outcome.status === 'failed' && outcome.message).toMatch(why);
    expect(world.observe(service)).toBeUndefined();
  });

  it('does not wait for a secret that is a pipe', async () => {
    const pipe = join(temporaryDirectory(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    const service = idle('piped', { env: { KEY: { secretRef: { file: pipe } } } });
    expect(await world.start(service)).toEqual({
      status: 'failed',
      code: 'spawn-failed',
      message: `env KEY: the secret ${pipe} is not a file`,
    });
  });

  it('runs as the user of the manifest', async () => {
    if (process.getuid?.() !== 0) return;
    const service = idle('someone', { user: 'nobody' });
    await world.start(service);
    expect(statSync(`/proc/${world.pidOf(service)}`).uid).not.toBe(0);
  });

  it('refuses a second process of the same replica', async () => {
    const service = idle('once');
    await world.start(service);
    expect(await world.start(service)).toMatchObject({ status: 'precondition-failed' });
  });

  it('carries operations on one replica out one after another', async () => {
    const service = idle('queue');
    const outcomes = await Promise.all([1, 2, 3].map(() => world.start(service)));
    expect(outcomes.map(({ status }) => status).sort()).toEqual([
      'precondition-failed',
      'precondition-failed',
      'succeeded',
    ]);
  });
});

describe('a disk that takes nothing', () => {
  it('keeps processes from being started that could be forgotten, until it does again', async () => {
    const service = idle('unsafe');
    await world.runtime.state.close();
    expect(await world.start(service)).toMatchObject({
      status: 'failed',
      code: 'state-not-durable',
    });
    expect(world.observe(service)).toBeUndefined();
    expect(await world.start(service)).toMatchObject({ status: 'succeeded' });
  });
});

describe('output that cannot be kept', () => {
  it('keeps a process from being started, with the reason', async () => {
    writeFileSync(join(world.home, 'output'), 'a file where a folder should be');
    expect(await world.start(idle('mute'))).toEqual({
      status: 'failed',
      code: 'spawn-failed',
      message: 'its output file cannot be opened (ENOTDIR)',
    });
    await world.leave();
    world = await RuntimeWorld.open(world.home);
    expect([...world.runtime.state.replicas()]).toEqual([]);
  });
});

describe('ports', () => {
  let stranger: Server | undefined;
  afterEach(() => {
    stranger?.close();
    stranger = undefined;
  });

  it('keeps the port over a restart, and over a new agent', async () => {
    const service = processService('web');
    await world.start(service);
    const before = world.observe(service)?.config.ports;
    await world.restart(service);
    expect(world.observe(service)?.config.ports).toEqual(before);
    await world.stop(service);
    await world.leave();
    world = await RuntimeWorld.open(world.home);
    await world.start(service);
    expect(world.observe(service)?.config.ports).toEqual(before);
  });

  it('takes another one when somebody else has it meanwhile', async () => {
    const service = processService('web');
    await world.start(service);
    const before = world.observe(service)?.config.ports[0]?.hostPort ?? 0;
    await world.stop(service);
    stranger = createServer().listen(before, '127.0.0.1');
    await once(stranger, 'listening');
    expect(await world.start(service)).toMatchObject({ status: 'succeeded' });
    expect(world.observe(service)?.config.ports[0]?.hostPort).not.toBe(before);
  });

  it('gives replicas that start at the same moment different ones', async () => {
    const service = processService('web');
    await Promise.all([0, 1, 2, 3].map((replica) => world.start(service, replica)));
    const ports = [0, 1, 2, 3].map(
      (replica) => world.observe(service, replica)?.config.ports[0]?.hostPort,
    );
    expect(new Set(ports).size).toBe(4);
  });

  it('says that a fixed port is taken', async () => {
    stranger = createServer().listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const address = stranger.address();
    const hostPort = typeof address === 'object' && address !== null ? address.port : 0;
    const service = processService('fixed', { ports: [{ port: 80, hostPort }] });
    expect(await world.start(service)).toMatchObject({ status: 'failed', code: 'port-in-use' });
  });
});

describe('end of a process', () => {
  it('is seen at once, with code or signal', async () => {
    const failing = idle('failing', { command: ['sh', '-c', 'exit 7'] });
    await world.start(failing);
    const failed = await world.until(() => exited(failing));
    expect(failed).toMatchObject({ exitCode: 7 });
    const killed = idle('killed');
    await world.start(killed);
    process.kill(world.pidOf(killed), 'SIGKILL');
    expect(await world.until(() => exited(killed))).toMatchObject({ signal: 'SIGKILL' });
  });

  it('takes along what the process has started', async () => {
    const service = idle('family', { command: ['sh', '-c', 'sleep 600 & echo $!; wait'] });
    await world.start(service);
    const path = world.runtime.outputs.pathOf(resourceOf(service), 0);
    const child = await eventually(() => Number(readFileSync(path, 'utf8')) || undefined);
    process.kill(world.pidOf(service), 'SIGKILL');
    await world.until(() => exited(service));
    await eventually(() => !isAlive(child));
  });

  function exited(service: Parameters<typeof world.observe>[0]) {
    const observed = world.observe(service);
    return observed?.state === 'exited' ? observed : undefined;
  }
});

describe('stop', () => {
  it('lets the process end in order, and keeps it down', async () => {
    const script = 'trap "echo bye; exit 0" TERM; echo ready; while :; do sleep 0.05; done';
    const service = idle('polite', { command: ['sh', '-c', script] });
    await world.start(service);
    const path = world.runtime.outputs.pathOf(resourceOf(service), 0);
    await eventually(() => readFileSync(path, 'utf8') === 'ready\n');
    expect(await world.stop(service)).toMatchObject({ status: 'succeeded' });
    expect(world.observe(service)).toMatchObject({ state: 'stopped', exitCode: 0 });
    expect(readFileSync(path, 'utf8')).toMatch(/bye\n$/);
  });

  it('kills what does not end within its grace period', async () => {
    const service = processService('stubborn', { env: { STUBBORN: '1' } });
    await world.start(service);
    const port = world.observe(service)?.config.ports[0]?.hostPort ?? 0;
    await eventually(() => ask(port));
    expect(await world.stop(service, { gracePeriodMs: 100 })).toMatchObject({
      status: 'succeeded',
    });
    expect(world.observe(service)).toMatchObject({ state: 'stopped', signal: 'SIGKILL' });
  });

  it('does not wait for a process that is stopped by a signal', async () => {
    const service = idle('suspended');
    await world.start(service);
    process.kill(world.pidOf(service), 'SIGSTOP');
    await eventually(() => world.observe(service)?.suspended);
    // an hour of grace would never end
    expect(await world.stop(service, { gracePeriodMs: 3_600_000 })).toMatchObject({
      status: 'succeeded',
    });
    expect(world.observe(service)).toMatchObject({ state: 'stopped', signal: 'SIGKILL' });
  });

  it('gives the workers of a leader that ends at once their grace', async () => {
    const done = join(temporaryDirectory(), 'done');
    const worker = `trap "sleep 0.3; touch ${done}; exit 0" TERM; echo ready; while :; do sleep 0.05; done`;
    const script = `sh -c '${worker}' & sleep 600`;
    const service = idle('workers', { command: ['sh', '-c', script] });
    await world.start(service);
    const path = world.runtime.outputs.pathOf(resourceOf(service), 0);
    await eventually(() => readFileSync(path, 'utf8') === 'ready\n');
    await world.stop(service, { gracePeriodMs: 10_000 });
    expect(statSync(done).isFile()).toBe(true);
  });

  it('forgets what is no longer wanted, with its output', async () => {
    const service = idle('gone');
    await world.start(service);
    const pid = world.pidOf(service);
    await world.stop(service, { forget: true });
    expect(world.observe(service)).toBeUndefined();
    expect(isAlive(pid)).toBe(false);
    expect(() => statSync(world.runtime.outputs.pathOf(resourceOf(service), 0))).toThrow();
  });

  it('keeps down what had ended by itself', async () => {
    const service = idle('short', { command: ['true'] });
    await world.start(service);
    await world.until(() => (world.observe(service)?.state === 'exited' ? true : undefined));
    await world.stop(service);
    expect(world.observe(service)).toMatchObject({ state: 'stopped', exitCode: 0 });
  });
});

describe('restart and reconfigure', () => {
  it('replaces a hung process by a new instance', async () => {
    const service = processService('web', { healthCheck: httpCheck() });
    await world.start(service);
    await world.until(() =>
      world.observe(service)?.health.status === 'healthy' ? true : undefined,
    );
    const before = world.observe(service);
    process.kill(world.pidOf(service), 'SIGSTOP');
    const sick = await world.until(() => {
      const observed = world.observe(service);
      return observed?.health.status === 'unhealthy' ? observed : undefined;
    });
    expect(sick).toMatchObject({ suspended: true, health: { consecutiveFailures: 3 } });
    expect(await world.restart(service, 200)).toMatchObject({ status: 'succeeded' });
    const healthy = await world.until(() => {
      const observed = world.observe(service);
      return observed?.health.status === 'healthy' ? observed : undefined;
    });
    expect(healthy.instance).not.toBe(before?.instance);
    expect(healthy.config.ports).toEqual(before?.config.ports);
  });

  it('shows a restart whose program is gone as exited, not as kept down', async () => {
    const service = idle('changing');
    await world.start(service);
    const broken = idle('changing', { command: ['/no/such/program'] });
    expect(await world.restart(broken)).toMatchObject({ status: 'failed', code: 'spawn-failed' });
    expect(world.observe(service)).toMatchObject({ state: 'exited' });
  });

  it('takes over a new check without touching the process', async () => {
    const service = processService('web');
    await world.start(service);
    const pid = world.pidOf(service);
    expect(world.observe(service)?.health.status).toBe('none');
    const checked = processService('web', { healthCheck: httpCheck() });
    expect(await world.reconfigure(checked)).toMatchObject({ status: 'succeeded' });
    await world.until(() =>
      world.observe(service)?.health.status === 'healthy' ? true : undefined,
    );
    expect(world.pidOf(service)).toBe(pid);
  });

  it('refuses to reconfigure what needs a restart', async () => {
    const service = processService('web');
    await world.start(service);
    const changed = processService('web', { env: { NEW: '1' } });
    expect(await world.reconfigure(changed)).toMatchObject({
      status: 'failed',
      code: 'needs-restart',
      message: 'spec.env differs',
    });
  });
});

describe('health checks', () => {
  it('runs a command in the environment of the replica', async () => {
    const service = idle('exec', {
      env: { ANSWER: '42' },
      healthCheck: {
        kind: 'exec',
        command: ['sh', '-c', 'test "$ANSWER" = 42 && test -n "$VIGIL_INSTANCE_ID"'],
        intervalMs: 500,
        timeoutMs: 2_000,
        retryIntervalMs: 100,
        failureThreshold: 3,
        startPeriodMs: 5_000,
      },
    });
    await world.start(service);
    await world.until(() =>
      world.observe(service)?.health.status === 'healthy' ? true : undefined,
    );
  });

  it('kills a command that takes too long, and says so', async () => {
    const service = idle('slow', {
      healthCheck: {
        kind: 'exec',
        command: ['sleep', '600'],
        intervalMs: 500,
        timeoutMs: 50,
        retryIntervalMs: 50,
        failureThreshold: 2,
        startPeriodMs: 0,
      },
    });
    await world.start(service);
    const health = await world.until(() => {
      const observed = world.observe(service)?.health;
      return observed?.status === 'unhealthy' ? observed : undefined;
    });
    expect(health.message).toBe('sleep: not finished within 50 ms');
  });

  it('takes a command that cannot even be begun as a failure', async () => {
    const timing = httpCheck();
    const service = idle('impossible', {
      healthCheck: {
        kind: 'exec',
        command: ['sh', 'a\0b'],
        intervalMs: timing.intervalMs,
        timeoutMs: timing.timeoutMs,
        retryIntervalMs: timing.retryIntervalMs,
        failureThreshold: 1,
        startPeriodMs: 0,
      },
    });
    await world.start(service);
    await world.until(() =>
      world.observe(service)?.health.status === 'unhealthy' ? true : undefined,
    );
  });

  it('connects to a port', async () => {
    const { intervalMs, timeoutMs, retryIntervalMs, failureThreshold, startPeriodMs } = httpCheck();
    const timing = { intervalMs, timeoutMs, retryIntervalMs, failureThreshold, startPeriodMs };
    const service = processService('tcp', { healthCheck: { kind: 'tcp', port: 80, ...timing } });
    await world.start(service);
    await world.until(() =>
      world.observe(service)?.health.status === 'healthy' ? true : undefined,
    );
    expect(world.attempts.at(-1)).toMatchObject({ success: true, resource: 'test/Service/tcp' });
  });

  it('forgives failures while the process is starting', async () => {
    const late = `setTimeout(() => require('http').createServer((q, r) => r.end()).listen(process.env.PORT), 400)`;
    const service = processService('late', {
      command: [NODE, '-e', late],
      healthCheck: httpCheck({ failureThreshold: 1 }),
    });
    await world.start(service);
    await world.until(() =>
      world.observe(service)?.health.status === 'healthy' ? true : undefined,
    );
    const failures = world.attempts.filter(({ success }) => !success);
    expect(failures.length).toBeGreaterThan(0);
    expect(failures.every(({ starting }) => starting)).toBe(true);
  });
});

describe('a new agent', () => {
  it('takes up what lives, and sees its end', async () => {
    const service = idle('survivor');
    await world.start(service);
    const before = world.observe(service);
    await world.leave();
    world = await RuntimeWorld.open(world.home);
    expect(world.observe(service)).toEqual(before);
    process.kill(world.pidOf(service), 'SIGKILL');
    const after = await world.until(() => {
      const observed = world.observe(service);
      return observed?.state === 'exited' ? observed : undefined;
    });
    expect(after.instance).toBe(before?.instance);
  });

  it('stops what it has taken up', async () => {
    const service = idle('survivor');
    await world.start(service);
    const pid = world.pidOf(service);
    await world.leave();
    world = await RuntimeWorld.open(world.home);
    expect(await world.stop(service)).toMatchObject({ status: 'succeeded' });
    expect(isAlive(pid)).toBe(false);
  });

  it('notes what died meanwhile, and ends what it left behind', async () => {
    const service = idle('family', { command: ['sh', '-c', 'sleep 600 & echo $!; wait'] });
    await world.start(service);
    const path = world.runtime.outputs.pathOf(resourceOf(service), 0);
    const child = await eventually(() => Number(readFileSync(path, 'utf8')) || undefined);
    const pid = world.pidOf(service);
    await world.leave();
    process.kill(pid, 'SIGKILL');
    await eventually(() => !isAlive(pid));
    world = await RuntimeWorld.open(world.home);
    expect(world.observe(service)).toMatchObject({ state: 'exited' });
    await eventually(() => !isAlive(child));
  });

  it('finds the process of a launch that was not yet written down', async () => {
    const service = idle('orphan');
    const launch = launchOf('cut-off', {
      spec: launchSpecOf(service.spec),
      startedAt: Date.now(),
    });
    const id = { resource: resourceOf(service), replica: 0 };
    await world.runtime.state.record({ type: 'launch.intended', ...id, launch });
    const child = spawn('sleep', ['600'], {
      detached: true,
      stdio: 'ignore',
      env: { VIGIL_INSTANCE_ID: 'cut-off', PATH: process.env['PATH'] },
    });
    await world.leave();
    world = await RuntimeWorld.open(world.home);
    expect(world.observe(service)).toMatchObject({
      state: 'running',
      instance: 'cut-off',
      pid: child.pid,
    });
  });

  it('gives up a launch of which no process came', async () => {
    const service = idle('never');
    const launch = launchOf('cut-off', {
      spec: launchSpecOf(service.spec),
      startedAt: Date.now(),
    });
    const id = { resource: resourceOf(service), replica: 0 };
    await world.runtime.state.record({ type: 'launch.intended', ...id, launch });
    await world.leave();
    world = await RuntimeWorld.open(world.home);
    expect(world.observe(service)).toBeUndefined();
  });
});

describe('output', () => {
  it('is rotated while the process writes on', async () => {
    const loop =
      'i=0; while :; do i=$((i+1)); echo "line $i of a process that talks"; sleep 0.01; done';
    const service = idle('talker', { command: ['sh', '-c', loop] });
    await world.start(service);
    const path = world.runtime.outputs.pathOf(resourceOf(service), 0);
    await eventually(() => statSync(path).size > 2_000);
    await world.runtime.outputs.rotate();
    expect(statSync(`${path}.1`).size).toBeGreaterThan(2_000);
    const size = statSync(path).size;
    expect(size).toBeLessThan(2_000);
    await eventually(() => statSync(path).size > size);
  });

  it('is cut also when there is no room for a copy', async () => {
    const service = idle('full', { command: ['sh', '-c', 'yes | head -c 5000; sleep 600'] });
    await world.start(service);
    const path = world.runtime.outputs.pathOf(resourceOf(service), 0);
    await eventually(() => statSync(path).size === 5_000);
    mkdirSync(`${path}.1`);
    await world.runtime.outputs.rotate();
    expect(statSync(path).size).toBe(0);
  });

  it('does not stand in the way of a start when its folder is there already', async () => {
    const service = idle('again');
    mkdirSync(join(world.home, 'output/test/again'), { recursive: true });
    expect(await world.start(service)).toMatchObject({ status: 'succeeded' });
  });
});
