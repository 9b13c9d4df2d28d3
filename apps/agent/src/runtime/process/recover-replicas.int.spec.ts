import { eventually, freePort, recordProcess } from '@vigil/testkit';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Service } from '@vigil/manifests';
import { launchSpecOf } from '../../state/agent-document.js';
import { launchOf } from '../../testing/documents.js';
import { resourceOf } from '../../testing/operations.js';
import { RuntimeWorld } from '../../testing/runtime-world.js';
import { processService } from '../../testing/service-manifest.js';
import { isPortFree } from './assign-ports.js';

let world: RuntimeWorld;
const started: number[] = [];

beforeEach(async () => {
  world = await RuntimeWorld.open();
});
afterEach(async () => {
  await world.close();
  for (const pid of started.splice(0)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // the test has seen its end
    }
  }
});

/** A shell script as a replica. */
const shell = (script: string, spec: Parameters<typeof processService>[1] = {}) =>
  processService('family', { command: ['sh', '-c', script], ports: [], ...spec });

function isAlive(pid: number): boolean {
  const identity = world.runtime.processes.identify(pid);
  return identity !== undefined && world.runtime.processes.stateOf(identity) !== 'gone';
}

/** The pid that the replica has written as its first line. */
async function pidToldBy(service: Service): Promise<number> {
  const path = world.runtime.outputs.pathOf(resourceOf(service), 0);
  const pid = await eventually(
    () => Number(readFileSync(path, 'utf8').split('\n')[0]) || undefined,
  );
  started.push(pid);
  recordProcess(pid);
  return pid;
}

/** The leader dies while there is no agent; then there is one again. */
async function loseLeader(service: Service): Promise<void> {
  const pid = world.pidOf(service);
  await world.leave();
  process.kill(pid, 'SIGKILL');
  await eventually(() => !isAlive(pid));
  world = await RuntimeWorld.open(world.home);
}

describe('a leader that died while there was no agent', () => {
  it('leaves workers that are ended, and the port that they held is free again', async () => {
    const hostPort = await freePort();
    const server = `require('http').createServer((q, r) => r.end()).listen(${hostPort})`;
    const service = shell(`${process.execPath} -e "${server}" & echo $!; wait`, {
      ports: [{ port: 80, hostPort }],
    });
    await world.start(service);
    const worker = await pidToldBy(service);
    await eventually(async () => !(await isPortFree(hostPort)));
    await loseLeader(service);
    expect(world.observe(service)).toMatchObject({ state: 'exited' });
    expect(world.observe(service)?.detail).toBeUndefined();
    await eventually(() => !isAlive(worker));
    expect(await world.start(service)).toMatchObject({ status: 'succeeded' });
  });

  it.each([
    // told by itself: until it has its session it is a worker like any other
    ['a daemon in a session of its own', `setsid sh -c 'echo $$; exec sleep 600' & wait`],
    [
      'a job of its shell with a group of its own',
      'exec bash -c "set -m; sleep 600 & echo \\$!; wait"',
    ],
    ['what such a daemon has started', `setsid sh -c 'sleep 600 & echo $!; wait' & wait`],
  ])('leaves %s alone, and tells of it', async (_what, script) => {
    const service = shell(script);
    await world.start(service);
    const daemon = await pidToldBy(service);
    const { instance } = world.observe(service) ?? {};
    await loseLeader(service);
    expect(isAlive(daemon)).toBe(true);
    const observed = world.observe(service);
    expect(observed).toMatchObject({ instance, state: 'exited' });
    expect(observed?.detail).toMatch(/^left running outside of its process group: /);
    expect(observed?.detail).toContain(`${daemon} (`);
    // the next launch is another one
    await world.start(shell('sleep 600'));
    expect(world.observe(service)?.detail).toBeUndefined();
  });

  it('says who may hold the port that cannot be had', async () => {
    const hostPort = await freePort();
    const server = `require('http').createServer((q, r) => r.end()).listen(${hostPort})`;
    const service = shell(`setsid ${process.execPath} -e "${server}" & echo $!; wait`, {
      ports: [{ port: 80, hostPort }],
    });
    await world.start(service);
    const daemon = await pidToldBy(service);
    await eventually(async () => !(await isPortFree(hostPort)));
    await loseLeader(service);
    expect(await world.start(service)).toEqual({
      status: 'failed',
      code: 'port-in-use',
      message: `host port ${hostPort} is in use by another process; of its last launch there still run: ${daemon} (node)`,
    });
    expect(isAlive(daemon)).toBe(true);
  });

  it('leaves strangers alone that carry its instance id', async () => {
    const service = shell('sleep 600');
    await world.start(service);
    const { instance = '' } = world.observe(service) ?? {};
    const stranger = spawnBearer(instance, 'sleep 600');
    await loseLeader(service);
    expect(isAlive(stranger)).toBe(true);
  });
});

describe('a launch that was not yet written down', () => {
  const service = shell('sleep 600');

  async function cutOff(): Promise<void> {
    const id = { resource: resourceOf(service), replica: 0 };
    const launch = launchOf('cut-off', {
      spec: launchSpecOf(service.spec),
      startedAt: Date.now(),
    });
    await world.runtime.state.record({ type: 'launch.intended', ...id, launch });
  }

  async function nextAgent(): Promise<void> {
    await world.leave();
    world = await RuntimeWorld.open(world.home);
  }

  it('is found by its process, not by a daemon of it', async () => {
    await cutOff();
    const leader = spawnBearer('cut-off', 'setsid sleep 600 & wait');
    await eventually(() => bearers().length === 2);
    await nextAgent();
    expect(world.observe(service)).toMatchObject({ state: 'running', pid: leader });
    const [daemon] = bearers().filter((pid) => pid !== leader);
    await world.stop(service);
    expect([isAlive(leader), daemon !== undefined && isAlive(daemon)]).toEqual([false, true]);
  });

  it('is given up when only workers of a dead leader are left, and those live on', async () => {
    await cutOff();
    const leader = spawnBearer('cut-off', 'sleep 600 & wait');
    const worker = await eventually(() => bearers().find((pid) => pid !== leader));
    process.kill(leader, 'SIGKILL');
    await eventually(() => !isAlive(leader));
    await nextAgent();
    expect(world.observe(service)).toBeUndefined();
    expect(isAlive(worker)).toBe(true);
  });

  function bearers(): number[] {
    const found = world.runtime.processes.findByInstance(new Set(['cut-off'])).get('cut-off') ?? [];
    const pids = found.map(({ identity }) => identity.pid);
    started.push(...pids);
    return pids;
  }
});

/** A process in a session of its own with an instance id in its environment. */
function spawnBearer(instance: string, script: string): number {
  const { pid = 0 } = spawn('sh', ['-c', script], {
    detached: true,
    stdio: 'ignore',
    env: { VIGIL_INSTANCE_ID: instance, PATH: process.env['PATH'] },
  });
  started.push(pid);
  recordProcess(pid);
  return pid;
}
