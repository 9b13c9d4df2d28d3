import type { FoundProcess } from './host-processes.js';
import { bearersOf, describeProcesses, processOfLaunch } from './whose-process.js';

const BOOT = 'boot';

function found(pid: number, parts: Partial<FoundProcess> = {}): FoundProcess {
  return {
    identity: { pid, startTime: `start of ${pid}`, bootId: BOOT },
    name: 'web',
    parent: 1,
    processGroup: pid,
    session: pid,
    ageMs: 1_000,
    ...parts,
  };
}

const member = (pid: number, group: number, parts: Partial<FoundProcess> = {}) =>
  found(pid, { processGroup: group, session: group, ...parts });

const pids = (processes: readonly FoundProcess[]) => processes.map(({ identity }) => identity.pid);

describe('bearersOf', () => {
  const leader = { pid: 100, startTime: 'start of 100', bootId: BOOT };
  const nobody = { identify: () => undefined };

  it('counts the group of the launch as its own, and nothing else', () => {
    const worker = member(101, 100);
    const daemon = found(102);
    const job = member(103, 103, { session: 100 });
    const { own, others } = bearersOf(leader, [worker, daemon, job], nobody);
    expect([pids(own), pids(others)]).toEqual([[101], [102, 103]]);
  });

  it('counts nothing as its own when the number of the group was given to another process', () => {
    const another = { identify: (pid: number) => ({ ...leader, pid, startTime: 'later' }) };
    expect(bearersOf(leader, [member(101, 100)], another).own).toEqual([]);
  });

  it('counts nothing as its own when nobody knows the leader', () => {
    expect(bearersOf(undefined, [member(101, 100)], nobody).own).toEqual([]);
  });

  it('does without sessions where the host does not tell them', () => {
    const { session: _untold, ...worker } = member(101, 100);
    expect(pids(bearersOf(leader, [worker], nobody).own)).toEqual([101]);
  });
});

describe('processOfLaunch', () => {
  it.each<[string, FoundProcess[], number | undefined]>([
    ['nothing', [], undefined],
    ['the only one', [found(100)], 100],
    ['the eldest, not its daemon', [found(90, { ageMs: 990 }), found(100)], 100],
    [
      'the parent of one that began in the same tick',
      [found(90, { parent: 100 }), found(100)],
      100,
    ],
    ['not a worker whose leader has gone', [member(101, 100)], undefined],
    [
      'not a daemon that is younger than such a worker',
      [member(101, 100), found(102, { ageMs: 9 })],
      undefined,
    ],
    ['not a job of a shell that has gone', [member(103, 103, { session: 100 })], undefined],
    ['not one that began long after the launch', [found(100, { ageMs: -60_000 })], undefined],
  ])('takes %s', (_what, processes, pid) => {
    expect(processOfLaunch(processes, 1_000)?.identity.pid).toBe(pid);
  });
});

describe('describeProcesses', () => {
  it('names some, and counts the rest', () => {
    const many = Array.from({ length: 12 }, (_unused, index) => found(index + 1));
    expect(describeProcesses(many.slice(0, 2))).toBe('1 (web), 2 (web)');
    expect(describeProcesses(many)).toMatch(/10 \(web\) and 2 more$/);
  });
});
