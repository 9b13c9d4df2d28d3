import { ActionHistory } from '../action-history/action-history.js';
import type { ActionRecord } from '../action-history/action-record.js';
import { actionLog, actionRequest } from '../testing/action-log.js';
import { digestOf, id, T0 } from '../testing/fixtures.js';
import { nextHold } from './hold.js';

const web = id('default/web');
const good = digestOf('good');
const bad = digestOf('bad');
const other = digestOf('other');

const rollback = (desiredDigest: string, before: string, actionId = 'a'): ActionRecord => {
  const history = new ActionHistory();
  const targets = [0, 1, 2].map((replica) => ({
    replica,
    host: 'h',
    // the first replica had been updated when the second one failed
    observedDigest: replica === 0 ? desiredDigest : before,
  }));
  const request = actionRequest(actionId, ['k'], { action: 'update', desiredDigest, targets });
  for (const entry of actionLog(request, 'rolled_back', T0)) history.apply(entry);
  const record = history.lastRollback(web);
  if (record === undefined) throw new TypeError('no roll-back');
  return record;
};

const retryAt = (requestedAt: number): ActionRecord => ({
  ...rollback(bad, good, 'retry'),
  request: actionRequest('retry', ['o'], { requestedAt }),
});

const none = { lastRollback: undefined, lastRetry: undefined };
const hold = {
  failedDigest: bad,
  heldDigest: good,
  actionId: 'a',
  correlationId: 'cor-a',
  released: false,
};

describe('a hold', () => {
  it('begins with a roll-back of what is declared', () => {
    const history = { ...none, lastRollback: rollback(bad, good) };
    expect(nextHold(undefined, bad, history)).toEqual(hold);
    expect(nextHold(undefined, other, history)).toBeUndefined();
  });

  it('does not begin without a spec to go back to', () => {
    expect(nextHold(undefined, bad, { ...none, lastRollback: rollback(bad, bad) })).toBeUndefined();
  });

  it('lasts, also when the log no longer shows the roll-back', () => {
    expect(nextHold(hold, bad, none)).toBe(hold);
  });

  it('is released by another spec, and does not come back with the old log', () => {
    const history = { ...none, lastRollback: rollback(bad, good) };
    const released = nextHold(hold, other, history);
    expect(released).toEqual({ ...hold, released: true });
    expect(nextHold(released, bad, history)).toEqual(released);
  });

  it('is released by a person who retries after it', () => {
    const history = { ...none, lastRollback: rollback(bad, good) };
    expect(nextHold(hold, bad, { ...history, lastRetry: retryAt(T0 + 1) })?.released).toBe(true);
    expect(nextHold(hold, bad, { ...history, lastRetry: retryAt(T0 - 1) })?.released).toBe(false);
    expect(nextHold(hold, bad, { ...none, lastRetry: retryAt(1) })?.released).toBe(true);
  });

  it('begins again when the retry was rolled back too', () => {
    const history = { lastRollback: rollback(bad, good, 'retry'), lastRetry: retryAt(T0 - 1) };
    expect(nextHold({ ...hold, released: true }, bad, history)).toEqual({
      ...hold,
      actionId: 'retry',
      correlationId: 'cor-retry',
    });
  });

  it('outlasts a failed repair to the held spec', () => {
    const history = { ...none, lastRollback: rollback(good, other, 'repair') };
    expect(nextHold(hold, bad, history)).toBe(hold);
  });

  it('lasts while nobody knows what is declared', () => {
    expect(nextHold(hold, undefined, none)).toBe(hold);
  });
});
