import type { ActionState, ReplicaObservation } from '@vigil/contracts';
import * as fc from 'fast-check';
import { AGENT_SILENCE_MS } from '../observed/observed-state.js';
import { EvaluatorModel } from '../testing/evaluator-model.js';
import { CHECK, digestOf, id, replica, service } from '../testing/fixtures.js';

const spec = { replicas: 2, healthCheck: CHECK, ports: [{ port: 80 }] };
const web = service('web', spec);
const webId = id('default/web');
const changed = service('web', { ...spec, command: ['other'] });

const running = (number: number, launch: number) =>
  replica(web, number, { instance: `${number}-${launch}` });
const dead = (number: number, launch: number): ReplicaObservation => ({
  ...running(number, launch),
  state: 'exited',
});
const sick = (number: number, launch: number): ReplicaObservation => ({
  ...running(number, launch),
  health: { status: 'unhealthy', consecutiveFailures: 3, failingSince: launch },
});

type State = 'running' | 'dead' | 'sick' | 'absent';

type Step =
  | { readonly kind: 'observe'; readonly states: readonly [State, State]; readonly launch: number }
  | { readonly kind: 'finish'; readonly to: ActionState }
  | { readonly kind: 'log' }
  | { readonly kind: 'declare'; readonly what: 'web' | 'changed' | 'nothing' }
  | { readonly kind: 'distrust' }
  | { readonly kind: 'wait'; readonly ms: number };

const states = fc.constantFrom<State>('running', 'dead', 'sick', 'absent');
const step = fc.oneof<fc.Arbitrary<Step>[]>(
  fc.record({
    kind: fc.constant('observe' as const),
    states: fc.tuple(states, states),
    launch: fc.integer({ min: 0, max: 3 }),
  }),
  fc.record({
    kind: fc.constant('finish' as const),
    to: fc.constantFrom<ActionState>('succeeded', 'failed', 'suppressed', 'rolled_back'),
  }),
  fc.record({ kind: fc.constant('log' as const) }),
  fc.record({
    kind: fc.constant('declare' as const),
    what: fc.constantFrom('web' as const, 'changed' as const, 'nothing' as const),
  }),
  fc.record({ kind: fc.constant('distrust' as const) }),
  fc.record({
    kind: fc.constant('wait' as const),
    ms: fc.constantFrom(1, 1_000, 31_000, AGENT_SILENCE_MS),
  }),
);
const steps = fc.array(step, { maxLength: 25 });

function replicasIn(each: Extract<Step, { kind: 'observe' }>): ReplicaObservation[] {
  const make = { running, dead, sick };
  return each.states.flatMap((state, number) =>
    state === 'absent' ? [] : [make[state](number, each.launch)],
  );
}

function take(model: EvaluatorModel, each: Step): void {
  switch (each.kind) {
    case 'observe':
      return model.observe('h', replicasIn(each));
    case 'finish': {
      const request = model.unfinished();
      if (request !== undefined) model.log(request, each.to);
      return;
    }
    case 'log': {
      const request = model.unfinished();
      if (request !== undefined) model.log(request, 'requested');
      return;
    }
    case 'declare':
      if (each.what === 'nothing') return model.undeclare();
      return model.declare({ web, changed }[each.what]);
    case 'distrust':
      return model.distrust();
    case 'wait':
      model.now += each.ms;
  }
}

function live(sequence: readonly Step[], before: (model: EvaluatorModel, at: number) => void) {
  const model = new EvaluatorModel(web);
  model.declare();
  sequence.forEach((each, at) => {
    take(model, each);
    // every step takes time: what is observed next is newer
    model.now += 1;
    before(model, at);
    model.evaluate();
  });
  return model;
}

describe('evaluating a resource', () => {
  const model = (...replicas: ReplicaObservation[]) => {
    const made = new EvaluatorModel(web);
    made.declare();
    made.observe('h', replicas);
    return made;
  };

  it('is at peace with what is as it should be', () => {
    const { drift, decisions, request, status } = model(running(0, 1), running(1, 1)).evaluate();
    expect({ drift, decisions, request }).toEqual({ drift: [], decisions: [], request: undefined });
    expect(status).toMatchObject({ sync: 'Synced', health: 'Healthy', readyReplicas: 2 });
  });

  it('says nothing more while nothing changes', () => {
    const made = model(running(0, 1), dead(1, 1));
    made.evaluate();
    const again = made.evaluate();
    expect(again).toMatchObject({ drift: [], decisions: [], request: undefined });
    expect(again.status).toBeUndefined();
  });

  it('tells of progress at once, and then from time to time', () => {
    const model = new EvaluatorModel(web);
    model.declare();
    const told: string[] = [];
    for (let second = 0; second <= 12; second += 1) {
      const what = second === 12 ? [] : [{ resource: webId, replica: 1, what: `${second} MiB` }];
      model.observe('h', [running(0, 1), running(1, 1)], { progress: what });
      const { status, wakeAt } = model.evaluate();
      if (status !== undefined) told.push(`${second}: ${status.message ?? status.health}`);
      else expect(wakeAt).toBe(model.now + (5 - (second % 5)) * 1_000);
      model.now += 1_000;
    }
    expect(told).toEqual([
      '0: replica 1 on h: 0 MiB',
      '5: replica 1 on h: 5 MiB',
      '10: replica 1 on h: 10 MiB',
      '12: Healthy',
    ]);
  });

  it('tells at once what has changed besides progress', () => {
    const model = new EvaluatorModel(web);
    model.declare();
    const progress = [{ resource: webId, replica: 1, what: 'begun' }];
    model.observe('h', [running(0, 1)], { progress });
    expect(model.evaluate().status?.readyReplicas).toBe(1);
    model.now += 1;
    model.observe('h', [running(0, 1), running(1, 1)], { progress });
    expect(model.evaluate().status?.readyReplicas).toBe(2);
  });

  it('starts both replicas with one request when both die', () => {
    const { request, status } = model(dead(0, 1), dead(1, 1)).evaluate();
    expect(request?.targets.map((target) => target.replica)).toEqual([0, 1]);
    expect(request?.causes).toHaveLength(2);
    expect(status).toMatchObject({ sync: 'OutOfSync', health: 'Progressing' });
  });

  it('starts what is missing before it restarts what is sick', () => {
    const made = model(dead(0, 1), sick(1, 1));
    const first = made.evaluate();
    expect(first.request).toMatchObject({ action: 'start', targets: [{ replica: 0 }] });
    expect(first.decisions.map(({ code }) => code)).toEqual(['requested', 'in-flight']);
    if (first.request === undefined) throw new TypeError('no request');
    made.now += 1;
    made.log(first.request, 'succeeded');
    made.observe('h', [running(0, 2), sick(1, 1)]);
    expect(made.evaluate().request).toMatchObject({ action: 'restart', targets: [{ replica: 1 }] });
  });

  it('takes what an action does itself for no fault', () => {
    const made = model(running(0, 1), sick(1, 1));
    const restart = made.evaluate().request;
    if (restart === undefined) throw new TypeError('no request');
    made.now += 1;
    made.issue(restart);
    made.observe('h', [running(0, 1), dead(1, 1)]);
    expect(made.evaluate().drift).toEqual([]);
    made.now += 1;
    // the log is ahead of the snapshots
    made.log(restart, 'verifying');
    expect(made.evaluate().drift).toEqual([]);
    made.observe('h', [running(0, 1), running(1, 2)]);
    expect(made.evaluate().drift).toMatchObject([{ kind: 'resolved', record: { type: 'health' } }]);
    // and what happens afterwards is one again
    made.now += 1;
    made.observe('h', [running(0, 1), dead(1, 2)]);
    expect(made.evaluate().drift).toMatchObject([
      { kind: 'detected', record: { type: 'missing' } },
    ]);
  });

  it('asks anew, by what is wanted now, when its request was too old to be carried out', () => {
    const model = new EvaluatorModel(web);
    model.declare();
    model.observe('h', [dead(0, 1), running(1, 1)]);
    const first = model.evaluate().request;
    if (first === undefined) throw new TypeError('nothing was asked for');
    model.log(first, 'requested');
    model.declare(changed);
    model.now += 1_000;
    expect(model.evaluate().request).toBeUndefined();
    const stale = { code: 'stale', message: 'its manifest was changed', nextAttemptAt: model.now };
    model.log(first, 'suppressed', stale);
    model.observe('h', [dead(0, 1), running(1, 1)]);
    const second = model.evaluate().request;
    expect(second).toMatchObject({
      action: 'start',
      attempt: 2,
      causes: first.causes.map(({ key }) => ({ key })),
      desiredDigest: digestOf(changed),
      requestedAt: model.now,
    });
    expect(second?.actionId).not.toBe(first.actionId);
    // the same again is the same request
    expect(model.evaluate().request).toBeUndefined();
  });

  it('rolls a new spec out, and repairs with the old one after a roll-back', () => {
    const made = model(running(0, 1), running(1, 1));
    made.evaluate();
    made.declare(changed);
    const update = made.evaluate().request;
    expect(update).toMatchObject({ action: 'update', desiredDigest: digestOf(changed) });
    if (update === undefined) throw new TypeError('no request');
    made.now += 1;
    made.log(update, 'rolled_back');
    made.observe('h', [running(0, 1), dead(1, 2)]);
    const repair = made.evaluate();
    expect(repair.request).toMatchObject({ action: 'start', desiredDigest: digestOf(web) });
    expect(repair.status).toMatchObject({ health: 'Degraded', heldDigest: digestOf(web) });
    expect(repair.decisions).toMatchObject([
      { code: 'held', correlationId: update.correlationId },
      { code: 'requested', actionId: repair.request?.actionId },
    ]);
    made.declare(web);
    made.declare(changed);
    made.evaluate();
    expect(made.evaluations.at(-1)?.memory?.hold).toMatchObject({ released: false });
  });

  it('repairs with the old spec also when the bucket has forgotten it', () => {
    const made = model(running(0, 1), running(1, 1));
    made.evaluate();
    made.declare(changed);
    const update = made.evaluate().request;
    if (update === undefined) throw new TypeError('no request');
    made.now += 1;
    made.log(update, 'rolled_back');
    made.observe('h', [running(0, 1), running(1, 1)]);
    made.evaluate();
    made.forget(web);
    made.restart();
    made.observe('h', [running(0, 1), dead(1, 2)]);
    const repair = made.evaluate();
    expect(repair.request).toMatchObject({ action: 'start', service: web });
    made.declare(service('web', { ...changed.spec, replicas: 1 }));
    made.evaluate();
    const released = made.evaluate().memory?.hold;
    expect(released).toMatchObject({ released: true });
    expect(released?.service).toBeUndefined();
  });

  it('goes back to what runs, also when the bucket has forgotten that before', () => {
    const more = service('web', { ...web.spec, prune: true });
    const made = model(running(0, 1), running(1, 1));
    made.declare(more);
    made.evaluate();
    made.forget(web);
    made.restart();
    made.declare(service('web', { ...changed.spec, prune: true }));
    const update = made.evaluate().request;
    expect(update?.earlier).toEqual([{ digest: digestOf(web), service: web }]);
    if (update === undefined) throw new TypeError('no request');
    made.now += 1;
    made.log(update, 'rolled_back');
    made.observe('h', [running(0, 1), dead(1, 2)]);
    const repair = made.evaluate();
    expect(repair.status).toMatchObject({ health: 'Degraded', heldDigest: digestOf(web) });
    expect(repair.request).toMatchObject({ action: 'start', desiredDigest: digestOf(web) });
  });

  it('says so where nobody knows what it is held at', () => {
    const old = service('web', { ...spec, command: ['forgotten'] });
    const made = model(replica(old, 0), replica(old, 1));
    const update = made.evaluate().request;
    if (update === undefined) throw new TypeError('no request');
    made.now += 1;
    made.log(update, 'rolled_back');
    expect(made.evaluate().status).toMatchObject({
      sync: 'Unknown',
      health: 'Unknown',
      message: 'the spec that it is held at after a roll-back is no longer known',
    });
  });

  it('is held at an older spec, and does what the newest allows', () => {
    const { remediation } = web.spec;
    const observing = service('web', {
      ...web.spec,
      remediation: { ...remediation, mode: 'observe' },
    });
    const made = new EvaluatorModel(observing);
    made.declare();
    made.observe('h', [replica(observing, 0), replica(observing, 1)]);
    made.evaluate();
    made.declare(changed);
    const update = made.evaluate().request;
    if (update === undefined) throw new TypeError('no request');
    made.now += 1;
    made.log(update, 'rolled_back');
    made.observe('h', [replica(observing, 0), { ...replica(observing, 1), state: 'exited' }]);
    expect(made.evaluate().request).toMatchObject({
      mode: 'auto',
      desiredDigest: digestOf(observing),
    });
  });

  it('is not held at what differs from its spec only in the mode', () => {
    const { remediation } = web.spec;
    const observing = service('web', {
      ...web.spec,
      remediation: { ...remediation, mode: 'observe' },
    });
    const made = new EvaluatorModel(observing);
    made.declare();
    made.observe('h', [replica(observing, 0), replica(observing, 1)]);
    made.declare(web);
    made.observe('h', [{ ...replica(observing, 0), state: 'exited' }, replica(observing, 1)]);
    const start = made.evaluate().request;
    expect(start).toMatchObject({ targets: [{ observedDigest: digestOf(observing) }] });
    if (start === undefined) throw new TypeError('no request');
    made.now += 1;
    made.log(start, 'rolled_back');
    const { status } = made.evaluate();
    expect(status?.heldDigest).toBeUndefined();
  });

  it.each([
    [false, 'orphan-kept'],
    [true, 'requested'],
  ])('with prune %s, says %s of what left Git', (prune, code) => {
    const pruned = service('web', { prune });
    const made = new EvaluatorModel(pruned);
    made.declare();
    made.observe('h', [replica(pruned)]);
    made.evaluate();
    made.undeclare();
    const { drift, decisions, request } = made.evaluate();
    expect(drift).toMatchObject([{ kind: 'detected', record: { type: 'orphaned' } }]);
    expect(decisions.map((decision) => decision.code)).toEqual([code]);
    expect(request?.action).toBe(prune ? 'stop' : undefined);
  });

  it('does with what left Git only what its last manifest and source allowed', () => {
    const { remediation } = web.spec;
    const pruned = service('web', {
      prune: true,
      remediation: { ...remediation, mode: 'observe' },
    });
    const made = new EvaluatorModel(pruned);
    made.declare();
    made.observe('h', [replica(pruned)]);
    made.evaluate();
    made.undeclare();
    expect(made.evaluate().request).toMatchObject({ action: 'stop', mode: 'observe' });
    made.restart();
    expect(made.evaluate().memory?.mode).toBe('observe');
  });

  it('ends no orphan of which it does not know that Git once declared it', () => {
    const pruned = service('web', { prune: true });
    const made = new EvaluatorModel(pruned);
    made.declare();
    made.undeclare();
    made.observe('h', [replica(pruned)]);
    expect(made.evaluate()).toMatchObject({
      request: undefined,
      decisions: [{ code: 'orphan-kept' }],
    });
  });

  it('forgets a resource that left Git and its hosts', () => {
    const made = model(running(0, 1), running(1, 1));
    made.evaluate();
    made.undeclare();
    made.observe('h', []);
    const gone = made.evaluate();
    expect(gone).toMatchObject({ memory: undefined, status: { removed: true } });
    expect(made.evaluate().status).toBeUndefined();
  });

  it('forgets what was ended as an orphan only when its difference is resolved, too', () => {
    const pruned = service('web', { prune: true });
    const made = new EvaluatorModel(pruned);
    made.declare();
    made.observe('h', [replica(pruned)]);
    made.evaluate();
    made.undeclare();
    const { request: stop } = made.evaluate();
    if (stop === undefined) throw new TypeError('no request');
    made.issue(stop);
    made.now += 1;
    made.observe('h', []);
    expect(made.evaluate()).toMatchObject({ status: { removed: false }, drift: [] });
    made.log(stop, 'succeeded');
    made.now += 1;
    made.observe('h', []);
    expect(made.evaluate()).toMatchObject({
      memory: undefined,
      status: { removed: true },
      drift: [{ kind: 'resolved', record: { type: 'orphaned' } }],
    });
  });

  it('does not take an orphan for gone while an agent has yet to look at its runtime', () => {
    const pruned = service('web', { prune: true });
    const made = new EvaluatorModel(pruned);
    made.declare();
    made.observe('h', [replica(pruned)]);
    made.evaluate();
    made.undeclare();
    made.evaluate();
    made.now += 1;
    made.observe('h', [], { unknownRuntimes: ['process'] });
    for (let look = 0; look < 2; look += 1) {
      expect(made.evaluate()).toMatchObject({ drift: [], memory: { prune: true, source: 'git' } });
    }
    made.now += 1;
    made.observe('h', [replica(pruned)]);
    expect(made.evaluate()).toMatchObject({ drift: [], memory: { prune: true, source: 'git' } });
  });

  it('takes an orphan for gone though a runtime is silent that it was never in', () => {
    const pruned = service('web', { prune: true });
    const made = new EvaluatorModel(pruned);
    made.declare();
    made.observe('h', [replica(pruned)]);
    made.evaluate();
    made.undeclare();
    const { request: stop } = made.evaluate();
    if (stop === undefined) throw new TypeError('no request');
    made.now += 1;
    made.log(stop, 'succeeded');
    made.restart();
    made.observe('h', [], { unknownRuntimes: ['docker'] });
    expect(made.evaluate()).toMatchObject({
      memory: undefined,
      status: { removed: true },
      drift: [{ kind: 'resolved', record: { type: 'orphaned' } }],
    });
  });

  it('does not take it for gone while the runtime is silent that it was last seen in', () => {
    const pruned = service('web', { prune: true });
    const made = new EvaluatorModel(pruned);
    made.declare();
    made.observe('h', [replica(pruned, 0, { runtime: 'docker' })]);
    made.evaluate();
    made.undeclare();
    made.evaluate();
    made.observe('h', [], { unknownRuntimes: ['docker'] });
    for (let look = 0; look < 2; look += 1) {
      expect(made.evaluate()).toMatchObject({ drift: [], memory: { prune: true, source: 'git' } });
    }
  });

  it('does not take it for gone either when it has been given another runtime meanwhile', () => {
    const pruned = service('web', { prune: true });
    const contained = service('web', { prune: true, runtime: 'docker', image: 'nginx:1.27' });
    const silent = { unknownRuntimes: ['docker' as const] };
    const made = new EvaluatorModel(pruned);
    made.declare(contained);
    made.observe('h', [replica(contained)], { runtimes: ['docker', 'process'] });
    made.evaluate();
    // its agent was started again, and its engine was not
    made.observe('h', [], silent);
    made.evaluate();
    made.declare();
    made.evaluate();
    made.observe('h', [replica(pruned)], silent);
    made.evaluate();
    made.undeclare();
    made.evaluate();
    made.observe('h', [], silent);
    for (let look = 0; look < 2; look += 1) {
      expect(made.evaluate()).toMatchObject({ memory: { prune: true, source: 'git' } });
    }
    made.observe('h', [], {});
    expect(made.evaluate()).toMatchObject({ memory: undefined, status: { removed: true } });
  });

  it('remembers every record that it has not resolved', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const made = live(sequence, () => undefined);
        const open = new Set<string>();
        for (const { kind, record } of made.evaluations.flatMap(({ drift }) => drift)) {
          if (kind === 'resolved') open.delete(record.id);
          else open.add(record.id);
        }
        const remembered = made.evaluations.at(-1)?.memory?.open ?? [];
        expect(new Set(remembered.map(({ record }) => record.id))).toEqual(open);
      }),
      { numRuns: 1_000 },
    );
  });

  it('knows nothing while the desired state is lost', () => {
    const made = model(dead(0, 1), running(1, 1));
    made.distrust();
    expect(made.evaluate()).toMatchObject({
      request: undefined,
      drift: [],
      status: { sync: 'Unknown', health: 'Unknown' },
    });
  });

  it('never asks for anything on the ground of what is not known', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        live(sequence, (made) => {
          const isKnown = made.isKnown('h');
          const before = made.requests.length;
          made.evaluate();
          if (!isKnown) expect(made.requests.length).toBe(before);
        });
      }),
      { numRuns: 300 },
    );
  });

  it('never asks for a second action while one is under way', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        live(sequence, (made) => {
          const unfinished = made.unfinished();
          if (unfinished !== undefined) made.log(unfinished, 'requested');
          const before = made.requests.length;
          made.evaluate();
          if (unfinished !== undefined) expect(made.requests.length).toBe(before);
        });
      }),
      { numRuns: 300 },
    );
  });

  it('asks for the same, whenever and however often the process is restarted', () => {
    fc.assert(
      fc.property(steps, fc.array(fc.boolean(), { maxLength: 25 }), (sequence, restarts) => {
        const undisturbed = live(sequence, () => undefined);
        const disturbed = live(sequence, (made, at) => {
          if (restarts[at] === true) made.restart();
        });
        const ids = (made: EvaluatorModel) => made.requests.map(({ actionId }) => actionId);
        expect(ids(disturbed)).toEqual(ids(undisturbed));
        const said = (made: EvaluatorModel) =>
          made.evaluations.flatMap(({ drift, decisions }) => [
            ...drift.map(({ kind, record }) => `${kind} ${record.id}`),
            ...decisions.map((decision) => decision.id),
          ]);
        expect(said(disturbed)).toEqual(said(undisturbed));
      }),
      { numRuns: 300 },
    );
  });

  it('does nothing twice, even when everything that it remembered is lost', () => {
    fc.assert(
      fc.property(steps, fc.array(fc.boolean(), { maxLength: 25 }), (sequence, losses) => {
        const ended = new Map<string, number>();
        live(sequence, (made, at) => {
          const request = made.unfinished();
          if (request !== undefined) made.log(request, 'requested');
          if (losses[at] === true) made.restart({ losingMemory: true });
          const before = made.requests.length;
          made.evaluate();
          for (const { actionId } of made.requests.slice(before)) {
            ended.set(actionId, (ended.get(actionId) ?? 0) + 1);
          }
        });
        expect([...ended.values()].every((times) => times === 1)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
