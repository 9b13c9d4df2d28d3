import * as fc from 'fast-check';
import type { ActionName, Mode } from '@vigil/manifests';
import { driftCause } from '../testing/action-log.js';
import { digestOf, id, service, T0 } from '../testing/fixtures.js';
import { decide, type DecisionContext } from './decide.js';
import type { Abstention, Intention, Wish } from './wish.js';

const web = service('web');
const resource = id('default/web');

const context = (change: Partial<DecisionContext> = {}): DecisionContext => ({
  resource,
  now: T0,
  wanted: { service: web, digest: digestOf(web), source: 'git' },
  manifestOf: () => undefined,
  basis: { declaredDigest: digestOf(web), overrideBy: null },
  stopped: undefined,
  busy: undefined,
  isCovered: () => false,
  attempts: () => ({ ended: 0, highest: 0, last: undefined }),
  circumstances: {
    now: T0,
    desiredDigest: digestOf(web),
    controlsChangedAt: 0,
    seenAt: () => T0 - 5,
    connectedAt: () => 0,
    showsLastEffect: () => true,
    cooldownMs: 300_000,
    system: { mode: 'auto', since: 0 },
  },
  ...change,
});

const wish = (key: string, action: ActionName = 'start', change: Partial<Wish> = {}): Wish => ({
  kind: 'wish',
  action,
  cause: driftCause(key),
  correlationId: `cor-${key}`,
  mode: 'auto',
  targets: [{ replica: Number(key.replace(/\D/g, '') || '0'), host: 'h' }],
  broad: false,
  ...change,
});

const policyWish = (key: string, action: ActionName, change: Partial<Wish> = {}): Wish =>
  wish(key, action, {
    cause: { kind: 'policy', key, alertId: key, policy: 'default/Policy/p', severity: 'info' },
    ...change,
  });

const abstention = (key: string, code: string): Abstention => ({
  kind: 'abstention',
  cause: driftCause(key),
  correlationId: `cor-${key}`,
  code,
  message: code,
});

const outline = (intentions: readonly Intention[], change: Partial<DecisionContext> = {}) =>
  decide(intentions, context(change)).map(
    ({ code, causes, request }) =>
      `${request?.action ?? code}(${causes.map(({ key }) => key).join(' ')})`,
  );

describe('deciding', () => {
  it('has nothing to say when nothing is wanted', () => {
    expect(outline([])).toEqual([]);
  });

  it('merges what asks for the same action', () => {
    const [verdict] = decide([wish('k1'), wish('k0')], context());
    expect(verdict?.request).toMatchObject({
      action: 'start',
      attempt: 1,
      causes: [{ key: 'k0' }, { key: 'k1' }],
      targets: [{ replica: 0 }, { replica: 1 }],
      correlationId: 'cor-k0',
      desiredDigest: digestOf(web),
      source: 'git',
      mode: 'auto',
      observedAt: T0 - 5,
    });
    expect(verdict?.correlationIds).toEqual(['cor-k0', 'cor-k1']);
  });

  it('takes missing and wrong state first, then health, then policies', () => {
    const all = [
      policyWish('p', 'scale', { replicas: 3 }),
      wish('h', 'restart'),
      wish('u', 'update'),
      wish('x', 'stop'),
      wish('m', 'start'),
    ];
    const order = ['start(m)', 'stop(x)', 'update(u)', 'restart(h)', 'scale(p)'];
    for (let from = 0; from < order.length; from += 1) {
      const left = all.slice(0, all.length - from);
      expect(outline(left)[0]).toBe(order[from]);
      expect(outline(left).slice(1)).toEqual(
        left.length === 1 ? [] : [expect.stringMatching(/^in-flight/)],
      );
    }
  });

  it('lets a policy on the same fault join the restart instead of adding one', () => {
    const broad = policyWish('p', 'restart', {
      broad: true,
      targets: [
        { replica: 0, host: 'h' },
        { replica: 1, host: 'h' },
      ],
    });
    const [verdict, ...more] = decide([broad, wish('h1', 'restart')], context());
    expect(more).toEqual([]);
    expect(verdict?.request?.causes.map(({ key }) => key)).toEqual(['h1', 'p']);
    expect(verdict?.request?.targets).toEqual([{ replica: 1, host: 'h' }]);
  });

  it('does not let a stricter policy hold up a repair', () => {
    const observing = policyWish('p', 'restart', { mode: 'observe' });
    expect(outline([observing, wish('h1', 'restart')])).toEqual(['restart(h1)', 'in-flight(p)']);
  });

  it('has one action of a resource in flight', () => {
    const busy = { actionId: 'a', action: 'update' };
    expect(outline([wish('k0'), wish('h', 'restart')], { busy })).toEqual(['in-flight(k0 h)']);
  });

  it('says nothing about what an action already deals with', () => {
    const busy = { actionId: 'a', action: 'start' };
    expect(outline([wish('k0')], { busy, isCovered: () => true })).toEqual([]);
  });

  it('requests what is free while something else waits', () => {
    const isCovered = (key: string) => key === 'approval';
    const intentions = [wish('approval', 'update'), abstention('u', 'unknown-state'), wish('k0')];
    expect(outline(intentions, { isCovered })).toEqual(['unknown-state(u)', 'start(k0)']);
  });

  it.each([
    ['system', 'stopped'],
    ['source', 'suspended'],
    ['resource', 'suspended'],
  ] as const)('requests nothing while the %s is stopped', (scope, code) => {
    const control = { active: true, reason: 'r', actor: 'alice', at: T0, until: T0 + 9 };
    const [verdict] = decide([wish('k0')], context({ stopped: { scope, control } }));
    expect(verdict).toMatchObject({ outcome: 'none', code, nextAttemptAt: T0 + 9 });
  });

  it('counts the next attempt from all that its causes have seen', () => {
    const attempts = (key: string) => ({
      ended: 0,
      highest: key === 'k1' ? 4 : 0,
      last: undefined,
    });
    const [verdict] = decide([wish('k0'), wish('k1')], context({ attempts }));
    expect(verdict?.request?.attempt).toBe(5);
  });

  it('names at most 50 causes, and says that the rest is next', () => {
    const many = Array.from({ length: 60 }, (_, index) => wish(`k${index}`));
    const [first, rest] = decide(many, context());
    expect(first?.request?.causes).toHaveLength(50);
    expect(first?.request?.targets).toHaveLength(50);
    expect(rest).toMatchObject({ code: 'in-flight' });
    expect(rest?.causes).toHaveLength(10);
  });

  const anyWish = fc.record({
    key: fc.stringMatching(/^k\d$/),
    action: fc.constantFrom<ActionName>('start', 'stop', 'update', 'restart'),
    mode: fc.constantFrom<Mode>('auto', 'approve', 'observe'),
  });

  it('decides the same in whatever order the causes come', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(anyWish, { selector: ({ key }) => key, maxLength: 8 }),
        fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
        (specs, order) => {
          const wishes = specs.map(({ key, action, mode }) => wish(key, action, { mode }));
          const shuffled = wishes
            .map((each, index) => ({ each, at: order[index] ?? 0 }))
            .sort((a, b) => a.at - b.at)
            .map(({ each }) => each);
          expect(decide(shuffled, context())).toEqual(decide(wishes, context()));
        },
      ),
    );
  });

  it('never requests twice, never while busy, and leaves no cause without a word', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(anyWish, { selector: ({ key }) => key, maxLength: 8 }),
        fc.boolean(),
        (specs, isBusy) => {
          const wishes = specs.map(({ key, action, mode }) => wish(key, action, { mode }));
          const busy = isBusy ? { actionId: 'a', action: 'start' } : undefined;
          const verdicts = decide(wishes, context({ busy }));
          const requests = verdicts.filter(({ outcome }) => outcome === 'requested');
          expect(requests.length).toBe(isBusy || wishes.length === 0 ? 0 : 1);
          const named = verdicts.flatMap(({ causes }) => causes.map(({ key }) => key));
          expect(named.sort()).toEqual(specs.map(({ key }) => key).sort());
        },
      ),
    );
  });
});
