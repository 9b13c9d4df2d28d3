import { eventually, recordProcess } from '@vigil/testkit';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { LinuxProcesses } from './linux-processes.js';
import { PortableProcesses, parsePsRow } from './portable-processes.js';

describe('parsePsRow', () => {
  it.each([
    // Linux and macOS write the date in different orders
    ' 4242     1  4242 Ss     1234    00:01:02 Sat Nov 21 09:12:33 2026',
    ' 4242     1  4242 Ss     1234   1:02.00 Sat 21 Nov 09:12:33 2026    ',
  ])('reads %j', (line) => {
    expect(parsePsRow(line)).toMatchObject({
      pid: 4242,
      parent: 1,
      processGroup: 4242,
      state: 'Ss',
      residentBytes: 1234 * 1024,
      cpuSeconds: 62,
    });
  });

  it('counts days', () => {
    const line = '1 0 1 S 10 2-01:00:01 Sat Nov 21 09:12:33 2026';
    expect(parsePsRow(line)?.cpuSeconds).toBe(2 * 86_400 + 3_601);
  });

  it('makes nothing of a header', () => {
    expect(parsePsRow('  PID  PPID  PGID STAT   RSS     TIME STARTED')).toBeUndefined();
  });
});

const implementations = [
  ['ps', () => new PortableProcesses()],
  ...(process.platform === 'linux' ? [['/proc', () => new LinuxProcesses(4096)] as const] : []),
] as const;

describe.each(implementations)('processes by %s', (_name, make) => {
  const processes = make();
  let child: ChildProcess;
  let pid = 0;

  beforeEach(() => {
    const env = { PATH: process.env['PATH'], VIGIL_INSTANCE_ID: 'instance-of-test' };
    child = spawn('sh', ['-c', 'sleep 600 & wait'], { detached: true, stdio: 'ignore', env });
    pid = child.pid ?? 0;
    recordProcess(pid);
  });
  afterEach(() => {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // the test has ended it
    }
  });

  it('tell a process from its successor', () => {
    const identity = processes.identify(pid);
    expect(identity?.pid).toBe(pid);
    expect(identity && processes.stateOf(identity)).toBe('running');
    expect(identity && processes.stateOf({ ...identity, startTime: 'earlier' })).toBe('gone');
  });

  it('see that a process is stopped, and that it is dead', async () => {
    const identity = processes.identify(pid);
    if (identity === undefined) throw new Error('the process is not there');
    process.kill(pid, 'SIGSTOP');
    await eventuallyState(identity, 'suspended');
    const exited = once(child, 'exit');
    process.kill(-pid, 'SIGKILL');
    await exited;
    expect(processes.stateOf(identity)).toBe('gone');
    await eventuallyTrue(() => !processes.isGroupAlive(pid));
  });

  it('find processes by what they carry', async () => {
    const instances = new Set(['instance-of-test', 'another']);
    await eventuallyTrue(
      () => processes.findByInstance(instances).get('instance-of-test')?.length === 2,
    );
    const [first] = processes.findByInstance(instances).get('instance-of-test') ?? [];
    expect(first?.processGroup).toBe(pid);
    expect(processes.findByInstance(new Set()).size).toBe(0);
  });

  it('count a process with its descendants', async () => {
    const identity = processes.identify(pid);
    await eventuallyTrue(() => identity && processes.usageOf(identity)?.processes === 2);
    expect(identity && processes.usageOf(identity)?.residentBytes).toBeGreaterThan(0);
  });

  async function eventuallyState(
    identity: Parameters<typeof processes.stateOf>[0],
    state: string,
  ): Promise<void> {
    await eventuallyTrue(() => processes.stateOf(identity) === state);
  }
});

async function eventuallyTrue(look: () => boolean | undefined): Promise<void> {
  await eventually(() => look() === true);
}
