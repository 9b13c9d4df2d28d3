import { ResourceMemory, type ActionRequest } from '@vigil/contracts';
import { ActionHistory } from '../action-history/action-history.js';
import type { ActionRecord } from '../action-history/action-record.js';
import { actionLog, actionRequest } from '../testing/action-log.js';
import { contained } from '../testing/container-fixtures.js';
import { digestOf, id, service, T0 } from '../testing/fixtures.js';
import { nextHold } from './hold.js';
import { withTargets } from './alike-manifests.js';

const web = id('default/web');
const good = digestOf('good');
const bad = digestOf('bad');
const other = digestOf('other');

const rollback = (
  desiredDigest: string,
  before: string,
  actionId = 'a',
  action: ActionRequest['action'] = 'update',
): ActionRecord => {
  const history = new ActionHistory();
  const targets = [0, 1, 2].map((replica) => ({
    replica,
    host: 'h',
    // the first replica had been updated when the second one failed
    observedDigest: replica === 0 ? desiredDigest : before,
  }));
  const request = actionRequest(actionId, ['k'], { action, desiredDigest, targets });
  for (const entry of actionLog(request, 'rolled_back', T0)) history.apply(entry);
  const record = history.lastRollback(web);
  if (record === undefined) throw new TypeError('no roll-back');
  return record;
};

const retryAt = (loggedAt: number): ActionRecord => ({
  ...rollback(bad, good, 'retry'),
  request: actionRequest('retry', ['o']),
  loggedAt,
});

const nobody = () => [];
const none = { lastRollback: undefined, lastRetry: undefined };
const hold = {
  failedDigest: bad,
  heldDigest: good,
  actionId: 'a',
  correlationId: 'cor-a',
  rolledBackAt: T0,
  released: false,
};

describe('a hold', () => {
  it('begins with a roll-back of what is declared', () => {
    const history = { ...none, lastRollback: rollback(bad, good) };
    expect(nextHold(undefined, bad, history, nobody)).toEqual(hold);
    expect(nextHold(undefined, other, history, nobody)).toBeUndefined();
  });

  it('does not begin without a spec to go back to', () => {
    expect(
      nextHold(undefined, bad, { ...none, lastRollback: rollback(bad, bad) }, nobody),
    ).toBeUndefined();
  });

  it.each<[ActionRequest['action'], boolean]>([
    ['start', true],
    ['restart', true],
    ['scale', false],
    ['adopt', false],
  ])('begins with a %s that was rolled back: %s', (action, begins) => {
    const history = { ...none, lastRollback: rollback(bad, good, 'a', action) };
    expect(nextHold(undefined, bad, history, nobody) !== undefined).toBe(begins);
  });

  it('lasts, also when the log no longer shows the roll-back', () => {
    expect(nextHold(hold, bad, none, nobody)).toBe(hold);
  });

  it('is released by another spec, and does not come back with the old log', () => {
    const history = { ...none, lastRollback: rollback(bad, good) };
    const released = nextHold(hold, other, history, nobody);
    expect(released).toEqual({ ...hold, released: true });
    expect(nextHold(released, bad, history, nobody)).toEqual(released);
  });

  it('is released by a person who retries after it', () => {
    const history = { ...none, lastRollback: rollback(bad, good) };
    expect(nextHold(hold, bad, { ...history, lastRetry: retryAt(T0 + 1) }, nobody)?.released).toBe(
      true,
    );
    expect(nextHold(hold, bad, { ...history, lastRetry: retryAt(T0 - 1) }, nobody)?.released).toBe(
      false,
    );
    const { rolledBackAt: _unknown, ...older } = hold;
    expect(nextHold(older, bad, { ...none, lastRetry: retryAt(1) }, nobody)?.released).toBe(true);
  });

  it('is not released by what a person asked for before it began', () => {
    const begun = nextHold(undefined, bad, { ...none, lastRollback: rollback(bad, good) }, nobody);
    // the newest roll-back in the log is another one by now
    const lastRollback = rollback(good, other, 'repair');
    const before = { lastRollback, lastRetry: retryAt(T0 - 1) };
    expect(nextHold(begun, bad, before, nobody)?.released).toBe(false);
    const after = { lastRollback, lastRetry: retryAt(T0 + 1) };
    expect(nextHold(begun, bad, after, nobody)?.released).toBe(true);
    expect(nextHold(begun, bad, { ...none, lastRetry: retryAt(T0 - 1) }, nobody)).toBe(begun);
  });

  it('is not released by the retry that began it, however far ahead the clock was that it was asked by', () => {
    const record = rollback(bad, good, 'retry');
    const retry = { ...record, request: { ...record.request, requestedAt: T0 + 60_000 } };
    const history = { lastRollback: retry, lastRetry: retry };
    expect(nextHold(undefined, bad, history, nobody)?.released).toBe(false);
  });

  it('is released by a retry that succeeded after it, though it was asked for before', () => {
    const succeeded = (at: number): ActionRecord => ({
      ...retryAt(T0 - 5),
      state: 'succeeded',
      ended: { at, reason: undefined },
    });
    const after = { ...none, lastRetry: succeeded(T0 + 1) };
    expect(nextHold(hold, bad, after, nobody)?.released).toBe(true);
    expect(nextHold(hold, bad, { ...none, lastRetry: succeeded(T0 - 1) }, nobody)).toBe(hold);
  });

  it('begins again when the retry was rolled back too', () => {
    const history = { lastRollback: rollback(bad, good, 'retry'), lastRetry: retryAt(T0 - 1) };
    expect(nextHold({ ...hold, released: true }, bad, history, nobody)).toEqual({
      ...hold,
      actionId: 'retry',
      correlationId: 'cor-retry',
    });
  });

  it('outlasts a failed repair to the held spec', () => {
    const history = { ...none, lastRollback: rollback(good, other, 'repair') };
    expect(nextHold(hold, bad, history, nobody)).toBe(hold);
  });

  it('begins with a roll-back that did not work either', () => {
    const { request } = rollback(bad, good);
    const history = new ActionHistory();
    const reason = { code: 'rollback-failed', message: 'gone' };
    for (const entry of actionLog(request, 'failed', T0, { reason })) history.apply(entry);
    const failed = { ...none, lastRollback: history.lastRollback(web) };
    expect(nextHold(undefined, bad, failed, nobody)).toEqual(hold);
  });

  it('lasts while nobody knows what is declared', () => {
    expect(nextHold(hold, undefined, none, nobody)).toBe(hold);
  });
});

describe('a hold of images', () => {
  const spec = service('web', { runtime: 'docker', image: 'web:1', command: undefined });
  const digest = digestOf(spec);
  const RAN = { id: 'sha256:ran', repoDigests: ['web@sha256:ran'] };
  const image = (id: string, currentId: string) => ({
    image: { reference: 'web:1', id, currentId, repoDigests: id === RAN.id ? RAN.repoDigests : [] },
  });
  const on = (host: string, id: string, currentId: string, change = {}) => ({
    host,
    replica: contained(spec, 0, image(id, currentId), change),
  });

  /** The update of a replica on `h`, where the tag names `sha256:bad` now. */
  function takenBack(
    change: Partial<ActionRequest> = {},
    left = on('h', 'sha256:bad', 'sha256:bad'),
  ) {
    const history = new ActionHistory();
    const target = { replica: 0, host: 'h', observedDigest: digest, observedImage: RAN };
    const request = actionRequest('a', ['k'], {
      action: 'update',
      desiredDigest: digest,
      targets: [target],
      ...change,
    });
    const entries = actionLog(request, 'rolled_back', T0, { effectAt: T0, left: left.replica });
    for (const entry of entries) history.apply(entry);
    return { ...none, lastRollback: history.lastRollback(web) };
  }
  const held = {
    failedDigest: digest,
    heldDigest: digest,
    images: [RAN],
    failedImages: [{ host: 'h', id: 'sha256:bad' }],
    actionId: 'a',
    correlationId: 'cor-a',
    rolledBackAt: T0,
    released: false,
  };

  it('begins when a tag was moved to what does not work', () => {
    expect(nextHold(undefined, digest, takenBack(), nobody)).toEqual(held);
  });

  it('begins also where the replicas still show a manifest that makes the same of them', () => {
    const older = digestOf('other mode');
    const target = { replica: 0, host: 'h', observedDigest: older, observedImage: RAN };
    const { lastRollback } = takenBack({ targets: [target] });
    const alike = withTargets(lastRollback, (each) => (each === older ? digest : each));
    expect(nextHold(undefined, digest, { ...none, lastRollback: alike }, nobody)).toEqual(held);
  });

  it('knows what a host has gone back from by itself', () => {
    const history = new ActionHistory();
    const [requested, finished, ...rest] = actionLog(
      takenBack().lastRollback?.request ?? actionRequest('a', ['k']),
      'rolled_back',
      T0,
      { effectAt: T0, left: on('h', RAN.id, 'sha256:bad').replica },
    );
    if (requested === undefined || finished?.kind !== 'operation-finished') throw new TypeError();
    const result = { ...finished.result, status: 'failed' as const };
    for (const entry of [requested, { ...finished, result }, ...rest]) history.apply(entry);
    const taken = { ...none, lastRollback: history.lastRollback(web) };
    expect(nextHold(undefined, digest, taken, nobody)).toEqual(held);
  });

  it('begins with no roll-back of the same image, nor of a repair to a good one', () => {
    const same = on('h', RAN.id, RAN.id);
    expect(nextHold(undefined, digest, takenBack({}, same), nobody)).toBeUndefined();
    expect(nextHold(undefined, digest, takenBack({ images: [RAN] }), nobody)).toBeUndefined();
  });

  it('counts what serves elsewhere as good, and nothing else', () => {
    const replicas = [
      on('i', 'sha256:older', 'sha256:older'),
      on('j', 'sha256:bad', 'sha256:bad'),
      on('k', 'sha256:dead', 'sha256:dead', { state: 'exited' }),
    ];
    expect(nextHold(undefined, digest, takenBack(), () => replicas)?.images).toEqual([
      RAN,
      { id: 'sha256:older', repoDigests: [] },
    ]);
  });

  it('counts what a host runs that was not heard when it began', () => {
    const later = [on('i', 'sha256:ran-i', 'sha256:ran-i'), on('j', 'sha256:bad', 'sha256:bad')];
    const own = { id: 'sha256:ran-i', repoDigests: [] };
    expect(nextHold(held, digest, none, () => later)).toEqual({ ...held, images: [RAN, own] });
    const released = { ...held, released: true };
    expect(nextHold(released, digest, none, () => later)).toBe(released);
  });

  it('counts what has ended by the held spec only where another spec has failed', () => {
    const ended = () => [on('i', 'sha256:ran-i', 'sha256:ran-i', { state: 'exited' })];
    expect(nextHold(held, digest, none, ended)?.images).toEqual([RAN]);
    const { failedImages: _none, ...spec } = { ...held, failedDigest: other };
    expect(nextHold(spec, other, none, ended)?.images).toEqual([
      RAN,
      { id: 'sha256:ran-i', repoDigests: [] },
    ]);
  });

  it('lasts on a fleet where each host has a tag of its own that was moved', () => {
    const elsewhere = [on('i', 'sha256:ran-i', 'sha256:bad-i'), on('j', RAN.id, RAN.id)];
    const begun = nextHold(undefined, digest, takenBack(), () => elsewhere);
    expect(begun?.failedImages).toEqual([
      { host: 'h', id: 'sha256:bad' },
      { host: 'i', id: 'sha256:bad-i' },
    ]);
    expect(begun?.released).toBe(false);
    expect(nextHold(begun, digest, none, () => elsewhere)?.released).toBe(false);
    const mended = [on('i', 'sha256:ran-i', 'sha256:new-i')];
    expect(nextHold(begun, digest, none, () => mended)?.released).toBe(true);
  });

  it('can be remembered, however many hosts have tried what failed', () => {
    const hosts = Array.from({ length: 150 }, (_, n) => `h${n}`);
    const tried = hosts.map((host, n) => ({
      host,
      id: n < 140 ? 'sha256:bad' : `sha256:bad-${n}`,
    }));
    const { lastRollback } = takenBack();
    if (lastRollback === undefined) throw new TypeError('it was rolled back');
    const history = { ...none, lastRollback: { ...lastRollback, movedTo: tried } };
    const begun = nextHold(undefined, digest, history, nobody);
    const memory = { resource: web, open: [], placement: [], attempts: {}, decisions: [] };
    expect(ResourceMemory.safeParse({ ...memory, hold: begun }).success).toBe(true);
    const ids = new Set(begun?.failedImages?.map(({ id: failed }) => failed));
    expect(ids.size).toBe(11);
  });

  it('keeps with an earlier spec the image that ran by it', () => {
    const before = digestOf('before');
    const target = { replica: 0, host: 'h', observedDigest: before, observedImage: RAN };
    const next = nextHold(undefined, digest, takenBack({ targets: [target] }), nobody);
    expect(next).toMatchObject({ heldDigest: before, images: [RAN] });
    expect(next).not.toHaveProperty('failedImages');
  });

  it.each<[string, ReturnType<typeof on>, boolean]>([
    ['while the tag names what failed', on('h', RAN.id, 'sha256:bad'), false],
    ['no longer when it names something new', on('h', RAN.id, 'sha256:new'), true],
    ['no longer when it names what was good', on('h', RAN.id, RAN.id), true],
    ['where the tag has not moved yet', on('i', RAN.id, RAN.id), false],
    ['where it names the same failure', on('i', RAN.id, 'sha256:bad'), false],
    ['no longer when it names something new elsewhere', on('i', RAN.id, 'sha256:new'), true],
    [
      'by what was seen of a tag before the container ended',
      on('h', RAN.id, 'sha256:new', { state: 'exited' }),
      false,
    ],
    [
      'by the tag of another spec',
      on('h', RAN.id, 'sha256:new', { specDigest: digestOf('other') }),
      false,
    ],
  ])('lasts %s', (_when, seen, released) => {
    expect(nextHold(held, digest, none, () => [seen])).toEqual({ ...held, released });
  });
});
