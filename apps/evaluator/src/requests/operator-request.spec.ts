import {
  desiredStateKey,
  type OperatorActionRequested,
  type ReplicaObservation,
  type ResourceMemory,
} from '@vigil/contracts';
import type { RequestableAction, Service } from '@vigil/manifests';
import { Knowledge } from '../knowledge.js';
import { digestOf, id, replica, service, snapshot, T0 } from '../testing/fixtures.js';
import { AGENT_SILENCE_MS } from '../observed/observed-state.js';
import { operatorRequest } from './operator-request.js';

const web = id('default/web');
const scaled = service('web', { replicas: 2, scale: { min: 1, max: 3 } });
const exited = (of: Service, number: number) => replica(of, number, { state: 'exited' });

function ask(
  action: RequestableAction,
  options: {
    declared?: Service | 'nothing' | 'unknown';
    observed?: readonly ReplicaObservation[];
    replicas?: number;
    expiresAfterMs?: number;
    resource?: string;
    stopped?: boolean;
    now?: number;
    /** What it is held at; gitopsd keeps it, unless it is forgotten. */
    held?: Service;
    forgotten?: boolean;
  } = {},
) {
  const { declared = scaled, observed = [replica(scaled, 0), replica(scaled, 1)] } = options;
  const knowledge = new Knowledge();
  const manifests = typeof declared === 'string' ? [] : [declared];
  for (const manifest of manifests) knowledge.desired.putManifest(digestOf(manifest), manifest);
  const entries = manifests.map((manifest) => ({
    resource: web,
    digest: digestOf(manifest),
    file: 'a.yaml',
    line: 1,
  }));
  if (declared !== 'unknown') {
    knowledge.desired.putIndex(desiredStateKey.index('git', 'r', 0), entries);
    const pointer = { source: 'git', revision: 'r', chunks: 1, generation: 1, inForceAt: T0 };
    knowledge.desired.putPointer(pointer);
  }
  if (options.stopped === true) {
    knowledge.desired.putOverride({
      resource: web,
      owner: 'operator/alice',
      stopped: true,
      reason: 'r',
      actionId: 'a',
      correlationId: 'c',
      createdAt: T0,
    });
  }
  knowledge.observed.observe(snapshot('h', 1, observed), T0);
  const wish: OperatorActionRequested = {
    requestId: 'q',
    resource: id(options.resource ?? 'default/web'),
    action,
    ...(options.replicas === undefined ? {} : { replicas: options.replicas }),
    ...(options.expiresAfterMs === undefined ? {} : { expiresAfterMs: options.expiresAfterMs }),
    actor: 'alice',
    reason: 'because',
    force: false,
    dryRun: false,
    correlationId: 'c',
    at: T0,
  };
  const { held, forgotten = false } = options;
  if (held !== undefined && !forgotten) knowledge.desired.putManifest(digestOf(held), held);
  const memory = held === undefined ? undefined : heldAt(held, digestOf(declared));
  return operatorRequest(wish, knowledge, { resource: () => memory }, options.now ?? T0);
}

const IMAGES = [{ id: 'sha256:ran', repoDigests: [] }];

function heldAt(held: Service, failedDigest: string): ResourceMemory {
  return {
    resource: web,
    open: [],
    placement: [],
    hold: {
      failedDigest,
      heldDigest: digestOf(held),
      images: IMAGES,
      actionId: 'a',
      released: false,
    },
    attempts: {},
    decisions: [],
  };
}

const outline = (outcome: ReturnType<typeof ask>): string => {
  if (outcome.outcome === 'requested') {
    const { action, targets, replicas } = outcome.request;
    const numbers = targets.map((target) => target.replica).join(' ');
    return `${action} ${numbers}${replicas === undefined ? '' : ` of ${replicas}`}`;
  }
  return outcome.outcome === 'refused' ? outcome.code : outcome.outcome;
};

describe('a person’s request', () => {
  it.each<[string, RequestableAction, Parameters<typeof ask>[1], string]>([
    ['restarts what runs', 'restart', {}, 'restart 0 1'],
    ['stops what runs', 'stop', {}, 'stop 0 1'],
    [
      'stops what its engine is about to start again',
      'stop',
      { observed: [{ ...exited(scaled, 0), restarting: true }, exited(scaled, 1)] },
      'stop 0',
    ],
    [
      'starts what does not run',
      'start',
      { observed: [replica(scaled, 0), exited(scaled, 1)] },
      'start 1',
    ],
    ['starts what a person stopped', 'start', { observed: [], stopped: true }, 'start 0 1'],
    [
      'updates what runs, and starts the rest',
      'update',
      { observed: [replica(scaled, 0)] },
      'update 0 1',
    ],
    ['cannot update what is stopped', 'update', { observed: [], stopped: true }, 'stopped'],
    ['scales up', 'scale', { replicas: 3 }, 'scale 2 of 3'],
    ['scales down', 'scale', { replicas: 1 }, 'scale 1 of 1'],
    [
      'scales what is stopped, and starts nothing',
      'scale',
      { replicas: 3, observed: [], stopped: true },
      'scale  of 3',
    ],
    [
      'cannot scale for a time what is stopped',
      'scale',
      { replicas: 3, stopped: true, expiresAfterMs: 1 },
      'stopped',
    ],
    ['stops what left Git', 'stop', { declared: 'nothing' }, 'stop 0 1'],
    [
      'dismisses what left Git and has ended',
      'stop',
      { declared: 'nothing', observed: [exited(scaled, 0)] },
      'stop 0',
    ],
    ['cannot stop what has ended', 'stop', { observed: [exited(scaled, 0)] }, 'no-replicas'],
    ['cannot start what left Git', 'start', { declared: 'nothing' }, 'no-manifest'],
    ['cannot start what runs', 'start', {}, 'nothing-to-start'],
    ['cannot restart what does not run', 'restart', { observed: [] }, 'no-replicas'],
    ['cannot scale without limits', 'scale', { declared: service('web'), replicas: 2 }, 'no-scale'],
    ['cannot scale beyond the limits', 'scale', { replicas: 4 }, 'scale-limits'],
    ['cannot scale to no number', 'scale', {}, 'no-replicas'],
    ['cannot act by a notice', 'notify', {}, 'not-an-action'],
    ['cannot act on what nobody knows', 'stop', { resource: 'default/nope' }, 'unknown-resource'],
    ['cannot act without the desired state', 'restart', { declared: 'unknown' }, 'unknown-state'],
    ['cannot act on a silent host', 'restart', { now: T0 + AGENT_SILENCE_MS }, 'unreachable'],
  ])('%s', (_name, action, options, expected) => {
    expect(outline(ask(action, options))).toBe(expected);
  });

  it('is done with what the resource is held at; only an update ends that', () => {
    const held = service('web', { command: ['good'] });
    const requestOf = (action: RequestableAction) => {
      const outcome = ask(action, { held });
      if (outcome.outcome !== 'requested') throw new TypeError(outcome.outcome);
      return outcome.request;
    };
    expect(requestOf('restart')).toMatchObject({ desiredDigest: digestOf(held), images: IMAGES });
    const update = requestOf('update');
    expect(update.desiredDigest).toBe(digestOf(scaled));
    expect(update).not.toHaveProperty('images');
    expect(outline(ask('restart', { held, forgotten: true }))).toBe('unknown-state');
    expect(outline(ask('stop', { held, forgotten: true }))).toBe('stop 0 1');
  });

  it('tells what its targets run by, to go back to', () => {
    const old = service('web', { command: ['old'] });
    const outcome = ask('update', { observed: [replica(old, 0), replica(scaled, 1)], held: old });
    expect(outcome).toMatchObject({
      request: { earlier: [{ digest: digestOf(old), service: old }] },
    });
  });

  it('says how long it is wanted', () => {
    const outcome = ask('stop', { expiresAfterMs: 7_200_000 });
    expect(outcome).toMatchObject({ request: { operator: { expiresAfterMs: 7_200_000 } } });
  });

  it('is the same action when it is delivered twice', () => {
    const [first, second] = [ask('restart'), ask('restart', { now: T0 + 5 })];
    if (first.outcome !== 'requested' || second.outcome !== 'requested') throw new TypeError();
    expect(second.request.actionId).toBe(first.request.actionId);
    expect(first.request).toMatchObject({
      correlationId: 'c',
      attempt: 1,
      mode: 'auto',
      source: 'git',
      operator: { actor: 'alice', reason: 'because' },
      causes: [{ kind: 'operator', actor: 'alice', reason: 'because' }],
    });
  });
});
