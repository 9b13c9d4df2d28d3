import { id, replica, service, snapshot, T0 } from '../testing/fixtures.js';
import { AGENT_SILENCE_MS, ObservedState } from './observed-state.js';

const web = service('web');
const db = service('db');
const webId = id('default/web');
const dbId = id('default/db');

describe('the observed state', () => {
  it('says whose replicas look different', () => {
    const state = new ObservedState();
    const first = state.observe(snapshot('h', 1, [replica(web), replica(db)]), T0);
    expect(first).toEqual({ resources: new Set([webId, dbId]), fleet: true });
    const later = replica(web, 0, {
      health: { status: 'none', consecutiveFailures: 0, lastAttemptAt: T0 + 5 },
    });
    const same = state.observe(snapshot('h', 2, [later, replica(db)]), T0 + 1);
    expect(same).toEqual({ resources: new Set(), fleet: false });
    const dead = state.observe(snapshot('h', 3, [replica(web, 0, { state: 'exited' })]), T0 + 2);
    expect(dead.resources).toEqual(new Set([webId, dbId]));
    expect(state.replicasOf(dbId)).toEqual([]);
    expect([...state.resources()]).toEqual([webId]);
  });

  it('says what is done for whom, also for what does not run yet', () => {
    const state = new ObservedState();
    const pulling = (host: string, replica: number, what: string) =>
      snapshot(host, 1, [], { progress: [{ resource: webId, replica, what }] });
    expect(state.observe(pulling('i', 0, 'begun'), T0).resources).toEqual(new Set([webId]));
    expect(state.observe(pulling('h', 1, 'half'), T0).resources).toEqual(new Set([webId]));
    expect(state.progressOf(webId)).toEqual([
      { host: 'i', replica: 0, what: 'begun' },
      { host: 'h', replica: 1, what: 'half' },
    ]);
    expect(state.progressOf(dbId)).toEqual([]);
    const half = { progress: [{ resource: webId, replica: 1, what: 'half' }] };
    expect(state.observe(snapshot('h', 2, [], half), T0).resources).toEqual(new Set());
    expect(state.observe(snapshot('h', 3, []), T0).resources).toEqual(new Set([webId]));
    expect(state.progressOf(webId)).toHaveLength(1);
  });

  it('says that something is done for nobody else, nor any more by a host that left', () => {
    const state = new ObservedState();
    const doing = (counter: number, what: string) =>
      snapshot('h', counter, [], {
        progress: [
          { resource: webId, replica: 0, what: 'begun' },
          { resource: dbId, replica: 0, what },
        ],
      });
    state.observe(doing(1, 'begun'), T0);
    expect(state.observe(doing(2, 'half'), T0).resources).toEqual(new Set([dbId]));
    expect(state.forget('h')).toEqual(new Set([webId, dbId]));
    expect([...state.progressOf(webId), ...state.progressOf(dbId)]).toEqual([]);
  });

  it.each([
    ['an older one', { epoch: T0, counter: 4 }],
    ['a repeated one', { epoch: T0, counter: 5 }],
    ['one of an earlier start of the agent', { epoch: T0 - 1, counter: 99 }],
  ])('ignores %s', (_name, sequence) => {
    const state = new ObservedState();
    state.observe(snapshot('h', 5, [replica(web)]), T0);
    const change = state.observe(snapshot('h', 0, [], { sequence }), T0 + 1);
    expect(change.resources.size).toBe(0);
    expect(state.replicasOf(webId)).toHaveLength(1);
    expect(state.host('h')?.seenAt).toBe(T0);
  });

  it('takes a host for unreachable by our own clock, not by the agent’s', () => {
    const state = new ObservedState();
    state.observe(snapshot('h', 1, [], { observedAt: 0, receivedAt: 0 }), T0);
    expect(state.isReachable('h', T0 + AGENT_SILENCE_MS - 1)).toBe(true);
    expect(state.isReachable('h', T0 + AGENT_SILENCE_MS)).toBe(false);
    expect(state.isReachable('never-heard', T0)).toBe(false);
    expect(state.nextSilenceAt(T0)).toBe(T0 + AGENT_SILENCE_MS);
    expect(state.nextSilenceAt(T0 + AGENT_SILENCE_MS)).toBeUndefined();
  });

  it('forgets a host with all that it had, and takes it as new when it is heard again', () => {
    const state = new ObservedState();
    state.observe(snapshot('h', 9, [replica(web)]), T0);
    state.observe(snapshot('i', 1, [replica(web, 1)]), T0);
    expect(state.forget('h')).toEqual(new Set([webId]));
    expect(state.replicasOf(webId).map(({ host }) => host)).toEqual(['i']);
    expect(state.host('h')).toBeUndefined();
    expect(state.forget('h')).toEqual(new Set());
    const again = state.observe(snapshot('h', 1, [replica(web)]), T0 + 1);
    expect(again).toEqual({ resources: new Set([webId]), fleet: true });
  });

  it.each([
    ['is back after a silence', {}, AGENT_SILENCE_MS, true],
    ['has other labels', { hostLabels: { role: 'web' } }, 1, true],
    ['has another runtime', { runtimes: ['process' as const, 'docker' as const] }, 1, true],
    ['was stopped', { stopped: true }, 1, true],
    ['only reports again', {}, 1, false],
  ])('knows whether a host that %s changes placements', (_name, change, afterMs, expected) => {
    const state = new ObservedState();
    state.observe(snapshot('h', 1, []), T0);
    expect(state.observe(snapshot('h', 2, [], change), T0 + afterMs).fleet).toBe(expected);
  });
});
