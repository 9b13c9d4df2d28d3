import type { ActionRequest, ActionTarget, Control, ReplicaObservation } from '@vigil/contracts';
import type { ActionTrace } from '../history/action-trace.js';
import { ALLOWED, facts, sees, sourceOf } from '../testing/facts.js';
import {
  driftCause,
  health,
  HOST,
  observation,
  operator,
  policyCause,
  service,
  target,
} from '../testing/fixtures.js';
import type { GateFacts, LeftOut } from './gate.js';
import { GATES, passGates } from './gates.js';

type Row = readonly [
  expectation: string,
  wanted: Partial<ActionRequest>,
  more: Partial<GateFacts>,
  verdict: object,
];

async function judge(wanted: Partial<ActionRequest>, more: Partial<GateFacts>) {
  let left: readonly ActionTarget[] | undefined;
  const known = facts(wanted, more);
  const source = { ...sourceOf(known), targets: () => left ?? known.targets };
  const out: LeftOut[] = [];
  const verdict = await passGates(GATES, source, ({ targets, leftOut }) => {
    left = targets;
    out.push(...leftOut);
  });
  return { ...verdict, ...(left === undefined ? {} : { left, out }) };
}

const stopped = (gate: string, code: string, nextAttemptAt?: number) => ({
  kind: 'stop',
  reason: { gate, code, ...(nextAttemptAt === undefined ? {} : { nextAttemptAt }) },
});
const passed = { kind: 'pass' };
const scalable = service({ scale: { min: 1, max: 3 } });
const control = (more: Partial<Control> = {}): Control => ({
  active: true,
  reason: 'maintenance',
  actor: 'ada',
  at: 1,
  ...more,
});
const byPerson = { operator: operator() };
const forced = { operator: operator({ force: true }) };
const live = (...replicas: readonly ReplicaObservation[]) => ({
  live: new Map([[HOST, sees(...replicas)]]),
});

function trace(more: Partial<ActionTrace> = {}): ActionTrace {
  return {
    actionId: 'earlier',
    action: 'start',
    kind: 'repair',
    causeKeys: new Set(['earlier']),
    desiredDigest: 'a'.repeat(64),
    places: new Set(['host-a#0']),
    observedAt: 1_000,
    effects: new Map(),
    updatedAt: 5_000,
    ...more,
  };
}

const repairedAt = (at: number, more: Partial<ActionTrace> = {}) =>
  trace({ effects: new Map([['host-a#0', at]]), actedAt: at, ...more });

describe('the list of gates', () => {
  it('is in the order of the design', () => {
    expect(GATES.map(({ name }) => name)).toEqual([
      'unknown',
      'stopped',
      'mode',
      'lock',
      'freshness',
      // of what only policies asked for
      'freshness',
      'cooldown',
    ]);
  });
});

describe('a request', () => {
  it.each<Row>([
    ['passes when nothing is in its way', {}, {}, passed],
    [
      'stops when nothing is known of its host',
      {},
      { lastSeen: new Map() },
      stopped('unknown', 'unreachable', 25_000),
    ],
    [
      'stops when its host has been silent for 90 s',
      {},
      { now: 100_000, lastSeen: new Map([[HOST, 10_000]]) },
      stopped('unknown', 'unreachable'),
    ],
    [
      'stops, also of a person, when its host is not known',
      forced,
      { lastSeen: new Map() },
      stopped('unknown', 'unreachable'),
    ],
    [
      'goes on with the hosts that are known',
      { targets: [target(0), target(1, { host: 'host-b' })] },
      { lastSeen: new Map([[HOST, 9_000]]) },
      {
        kind: 'pass',
        left: [target(0)],
        out: [
          {
            target: { replica: 1 },
            reason: { gate: 'unknown', message: expect.stringContaining('host-b') },
          },
        ],
      },
    ],
    [
      'stops while everything is stopped',
      {},
      { controls: { ...ALLOWED, stop: control() } },
      stopped('stopped', 'stop-the-world'),
    ],
    [
      'stops, even forced, while everything is stopped',
      forced,
      { controls: { ...ALLOWED, stop: control() } },
      stopped('stopped', 'stop-the-world'),
    ],
    [
      'stops, even forced, while nobody knows what people have stopped',
      forced,
      { controls: { ...ALLOWED, isKnown: false } },
      stopped('stopped', 'controls-unknown', 15_000),
    ],
    [
      'stops while nobody knows what was scaled or stopped',
      {},
      { controls: { ...ALLOWED, areOverridesKnown: false } },
      stopped('stopped', 'overrides-unknown', 15_000),
    ],
    [
      'stops while its source is suspended',
      {},
      { controls: { ...ALLOWED, source: control() } },
      stopped('stopped', 'source-suspended'),
    ],
    [
      'stops while it is suspended, until that ends',
      {},
      { controls: { ...ALLOWED, resource: control({ until: 12_000 }) } },
      stopped('stopped', 'resource-suspended', 12_000),
    ],
    [
      'stops, also of a person, while it is suspended',
      byPerson,
      { controls: { ...ALLOWED, resource: control() } },
      stopped('stopped', 'resource-suspended'),
    ],
    [
      'passes a suspension when forced',
      forced,
      { controls: { ...ALLOWED, source: control(), resource: control() } },
      passed,
    ],
    [
      'passes when a suspension has ended',
      {},
      {
        controls: {
          ...ALLOWED,
          stop: control({ until: 9_999 }),
          source: control({ active: false }),
        },
      },
      passed,
    ],
    ['stops in mode off', { mode: 'off' }, {}, stopped('mode', 'mode-off')],
    [
      'stops in mode observe',
      { mode: 'auto' },
      { systemMode: 'observe' },
      stopped('mode', 'mode-observe'),
    ],
    [
      'stops in the strictest of the modes',
      { mode: 'off' },
      { systemMode: 'approve' },
      stopped('mode', 'mode-off'),
    ],
    ['waits for approval in mode approve', { mode: 'approve' }, {}, { kind: 'approval' }],
    ['passes when it is approved', { mode: 'approve' }, { approved: true }, passed],
    [
      'stops although approved when the mode has become stricter',
      { mode: 'approve' },
      { approved: true, systemMode: 'observe' },
      stopped('mode', 'mode-observe'),
    ],
    [
      'passes the mode when a person asks',
      { mode: 'off', ...byPerson },
      { systemMode: 'off' },
      passed,
    ],
    [
      'stops a dry-run of a person',
      { operator: operator({ dryRun: true }) },
      {},
      stopped('mode', 'dry-run'),
    ],
    [
      'stops while another action has the resource',
      {},
      { lock: { kind: 'busy', heldBy: 'other' } },
      stopped('lock', 'busy', 15_000),
    ],
    [
      'stops, even forced, while another action has the resource',
      forced,
      { lock: { kind: 'busy', heldBy: 'other' } },
      stopped('lock', 'busy'),
    ],
    [
      'stops when the agent does not answer',
      {},
      { live: new Map() },
      stopped('freshness', 'unreachable', 12_000),
    ],
    [
      'stops, even forced, when the agent does not answer',
      forced,
      { live: new Map() },
      stopped('freshness', 'unreachable'),
    ],
    [
      'waits longer each time the agent does not answer',
      {},
      {
        live: new Map(),
        history: [
          trace({ suppressedBy: 'unreachable' }),
          trace({ actionId: 'e2', suppressedBy: 'unreachable' }),
        ],
      },
      stopped('freshness', 'unreachable', 18_000),
    ],
    [
      'goes on with the agents that answer',
      { targets: [target(0), target(1, { host: 'host-b' })] },
      { live: new Map([[HOST, sees()]]) },
      {
        kind: 'pass',
        left: [target(0)],
        out: [{ target: { replica: 1 }, reason: { gate: 'freshness', code: 'unreachable' } }],
      },
    ],
    [
      'stops when the fault has gone by itself',
      {},
      live(observation()),
      stopped('freshness', 'healed-by-itself'),
    ],
    ['passes when the fault has gone but a person asks', byPerson, live(observation()), passed],
    [
      'stops when another launch is there than the one it is about',
      { action: 'restart', targets: [target(0, { instance: 'launch-0' })] },
      live(observation({ health: health('unhealthy') })),
      stopped('freshness', 'changed', 11_000),
    ],
    [
      'passes a notice through mode and cooldown only',
      { action: 'notify', causes: [policyCause('p')], targets: [target()] },
      { lastSeen: new Map(), live: new Map(), lock: { kind: 'busy', heldBy: 'x' } },
      passed,
    ],
  ])('%s', async (_expectation, wanted, more, verdict) => {
    expect(await judge(wanted, more)).toMatchObject(verdict);
  });
});

describe('cooldown', () => {
  const policy = {
    action: 'restart',
    causes: [policyCause('p1')],
    targets: [target(0, { instance: 'launch-1' })],
  } satisfies Partial<ActionRequest>;
  const before = (at: number, more: Partial<ActionTrace> = {}) =>
    repairedAt(at, { kind: 'policy', action: 'restart', ...more });
  const ready = { now: 300_000, lastSeen: new Map([[HOST, 299_000]]), ...live(observation()) };

  it.each<Row>([
    ['lets the first action of a policy pass', policy, ready, passed],
    [
      'keeps the distance between two',
      policy,
      { ...ready, history: [before(1_000)] },
      stopped('cooldown', 'cooldown', 301_000),
    ],
    ['ends with the period', policy, { ...ready, history: [before(0)] }, passed],
    [
      'counts from the latest',
      policy,
      { ...ready, history: [before(100), before(50_000)] },
      stopped('cooldown', 'cooldown', 350_000),
    ],
    [
      'counts only actions of the same kind',
      policy,
      { ...ready, history: [before(1_000, { action: 'scale' })] },
      passed,
    ],
    [
      'counts no repairs',
      policy,
      { ...ready, history: [before(1_000, { kind: 'repair' })] },
      passed,
    ],
    [
      'counts nothing that never acted',
      policy,
      { ...ready, history: [trace({ kind: 'policy', action: 'restart' })] },
      passed,
    ],
    [
      'does not hold a person',
      { ...policy, ...byPerson },
      { ...ready, history: [before(1_000)], historySince: 299_000 },
      passed,
    ],
    [
      'holds what may have been done before anything is known',
      policy,
      { ...ready, historySince: 290_000 },
      stopped('cooldown', 'history-unknown', 315_000),
    ],
    [
      'holds it for one cooldown',
      policy,
      { ...ready, historySince: 10_000 },
      stopped('cooldown', 'history-unknown', 310_000),
    ],
    ['passes when the cooldown is known', policy, { ...ready, historySince: 0 }, passed],
  ])('%s', async (_expectation, wanted, more, verdict) => {
    expect(await judge(wanted, more)).toMatchObject(verdict);
  });
});

describe('what only policies asked for', () => {
  const asked = { action: 'restart' as const, causes: [policyCause('leak')] };
  const hosts = live(observation());
  const gone = stopped('freshness', 'healed-by-itself');

  it.each<Row>([
    ['passes while the alert fires', asked, hosts, passed],
    ['stops when the alert has ended', asked, { ...hosts, alerts: 'ended' }, gone],
    [
      'stops also when a person has approved it',
      asked,
      { ...hosts, approved: true, alerts: 'ended' },
      gone,
    ],
    [
      'stops without a target, too',
      { ...asked, action: 'scale', replicas: 1, targets: [], service: scalable },
      { alerts: 'ended' },
      gone,
    ],
    ['passes when events were lost a moment ago', asked, { ...hosts, alerts: 'unknown' }, passed],
    [
      'stops when events were lost while it waited for a person',
      asked,
      { ...hosts, approved: true, alerts: 'unknown' },
      stopped('freshness', 'alert-unknown', 10_000),
    ],
    [
      'passes when the state itself asks for it as well',
      { ...asked, causes: [policyCause('leak'), driftCause('hung', 'health')] },
      { ...live(observation({ health: health('unhealthy') })), alerts: 'ended' },
      passed,
    ],
    ['is told to people in any case', { ...asked, action: 'notify' }, { alerts: 'ended' }, passed],
  ])('%s', async (_rule, wanted, more, verdict) => {
    expect(await judge(wanted, more)).toMatchObject(verdict);
  });
});

describe('backoff', () => {
  const at = (now: number, history: readonly ActionTrace[], more: Partial<GateFacts> = {}) => ({
    now,
    history,
    lastSeen: new Map([[HOST, now]]),
    ...more,
  });
  const seen = (observedAt: number) => ({ observedAt, causes: [driftCause(`at-${observedAt}`)] });

  it.each<Row>([
    ['does not hold the first repair', seen(10_000), at(10_000, []), passed],
    [
      'does not hold a fault that comes after the replica was stable',
      seen(31_001),
      at(31_002, [repairedAt(1_000)]),
      passed,
    ],
    [
      'holds the first return for 10 s',
      seen(12_000),
      at(12_100, [repairedAt(10_000)]),
      stopped('cooldown', 'backoff', 22_000),
    ],
    [
      'says why the last repair has not worked',
      seen(12_000),
      at(12_100, [
        repairedAt(8_000, { actionId: 'before', updatedAt: 8_000 }),
        repairedAt(10_000, { failure: 'no such file', updatedAt: 10_001 }),
      ]),
      {
        kind: 'stop',
        reason: {
          code: 'backoff',
          message: 'the last repair failed (no such file): the next one waits 20 s',
        },
      },
    ],
    ['lets it pass then', seen(12_000), at(22_000, [repairedAt(10_000)]), passed],
    [
      'counts from when the fault was first asked about',
      { ...seen(21_900), causes: [driftCause('f')] },
      at(22_000, [
        repairedAt(10_000),
        trace({
          actionId: 'held',
          causeKeys: new Set(['f']),
          observedAt: 12_000,
          suppressedBy: 'backoff',
        }),
      ]),
      passed,
    ],
    [
      'holds the second return for 20 s',
      seen(23_000),
      at(23_001, [
        repairedAt(10_000),
        repairedAt(22_000, { actionId: 'second', observedAt: 12_000, causeKeys: new Set(['2']) }),
      ]),
      stopped('cooldown', 'backoff', 43_000),
    ],
    [
      'begins anew when a repair has lasted',
      seen(70_000),
      at(70_001, [
        repairedAt(10_000),
        repairedAt(60_000, { actionId: 'second', observedAt: 60_000, causeKeys: new Set(['2']) }),
      ]),
      stopped('cooldown', 'backoff', 80_000),
    ],
    [
      'never waits longer than the cooldown',
      { ...seen(12_000), service: service({}, { cooldownPeriodMs: 4_000 }) },
      at(12_100, [repairedAt(10_000)]),
      stopped('cooldown', 'backoff', 16_000),
    ],
    [
      'begins anew with another manifest',
      { ...seen(12_000), desiredDigest: 'b'.repeat(64) },
      at(12_100, [repairedAt(10_000)]),
      passed,
    ],
    [
      'does not count another replica',
      { ...seen(12_000), targets: [target(1)] },
      at(12_100, [repairedAt(10_000)]),
      passed,
    ],
    [
      'goes on with the replicas that need not wait',
      { ...seen(12_000), targets: [target(0), target(1)] },
      at(12_100, [repairedAt(10_000)]),
      {
        kind: 'pass',
        left: [target(1)],
        out: [
          {
            target: { replica: 0 },
            reason: { gate: 'cooldown', code: 'backoff', nextAttemptAt: 22_000 },
          },
        ],
      },
    ],
    [
      'does not hold a person',
      { ...seen(12_000), ...byPerson },
      at(12_100, [repairedAt(10_000)]),
      passed,
    ],
  ])('%s', async (_expectation, wanted, more, verdict) => {
    expect(await judge(wanted, more)).toMatchObject(verdict);
  });
});
