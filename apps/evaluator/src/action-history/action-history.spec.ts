import { actionLog, actionRequest, operationIssued } from '../testing/action-log.js';
import { id, T0 } from '../testing/fixtures.js';
import { ActionHistory, HISTORY_MS, LOST_AFTER_MS } from './action-history.js';

const web = id('default/web');

function historyOf(...logs: ReturnType<typeof actionLog>[]): ActionHistory {
  const history = new ActionHistory();
  for (const entry of logs.flat()) history.apply(entry);
  return history;
}

describe('the action history', () => {
  it.each([
    ['requested', true, true],
    ['queued', true, true],
    ['running', true, true],
    ['verifying', true, true],
    ['rolling_back', true, true],
    ['pending_approval', false, true],
    ['succeeded', false, false],
    ['failed', false, false],
    ['suppressed', false, false],
  ] as const)('in state %s: busy %s, covers its cause %s', (state, isBusy, covers) => {
    const history = historyOf(actionLog(actionRequest('a', ['k']), state, T0));
    expect(history.busy(web, T0) !== undefined).toBe(isBusy);
    expect(history.covering(web, 'k', T0) !== undefined).toBe(covers);
    expect(history.covering(web, 'other', T0)).toBeUndefined();
    expect(history.busy(id('default/db'), T0)).toBeUndefined();
  });

  it('counts the attempts of a cause, and knows the last', () => {
    const history = historyOf(
      actionLog(actionRequest('a', ['k', 'l']), 'failed', T0),
      actionLog(actionRequest('b', ['k'], { attempt: 2 }), 'succeeded', T0 + 10),
      actionLog(actionRequest('c', ['k'], { attempt: 3 }), 'running', T0 + 20),
    );
    expect(history.attempts(web, 'k')).toMatchObject({ ended: 2, highest: 2 });
    expect(history.attempts(web, 'k').last?.request.actionId).toBe('b');
    expect(history.attempts(web, 'l')).toMatchObject({ ended: 1, highest: 1 });
    expect(history.attempts(web, 'm')).toEqual({ ended: 0, highest: 0, last: undefined });
  });

  it('counts a cause that an action left out as suppressed there, while the action goes on', () => {
    const reason = { code: 'backoff', message: 'waits', nextAttemptAt: T0 + 9 };
    const deferred = [{ causeKey: 'l', reason }];
    const history = historyOf(
      actionLog(actionRequest('a', ['k', 'l']), 'running', T0, { deferred, effectAt: T0 }),
    );
    expect(history.busy(web, T0)).toBeDefined();
    expect(history.covering(web, 'k', T0)).toBeDefined();
    expect(history.covering(web, 'l', T0)).toBeUndefined();
    const { ended, highest, last } = history.attempts(web, 'l');
    expect({ ended, highest }).toEqual({ ended: 0, highest: 1 });
    expect(last).toMatchObject({ state: 'suppressed', ended: { at: T0, reason } });
  });

  it('takes an action that fell silent for lost, but not one that waits for a person', () => {
    const history = historyOf(
      actionLog(actionRequest('a', ['k']), 'running', T0),
      actionLog(actionRequest('b', ['l']), 'pending_approval', T0),
    );
    const later = T0 + LOST_AFTER_MS;
    expect(history.busy(web, later - 1)).toBeDefined();
    expect(history.busy(web, later)).toBeUndefined();
    expect(history.covering(web, 'k', later)).toBeUndefined();
    expect(history.covering(web, 'l', later)).toBeDefined();
  });

  it('ignores what continues an action that began before it was read', () => {
    const history = historyOf(actionLog(actionRequest('a', ['k']), 'failed', T0).slice(1));
    expect(history.attempts(web, 'k').ended).toBe(0);
    expect(history.record(web, 'a')).toBeUndefined();
  });

  it('knows the last effect on a host', () => {
    const history = historyOf(
      actionLog(actionRequest('a', ['k']), 'succeeded', T0, { effectAt: 70 }),
      actionLog(actionRequest('b', ['k']), 'failed', T0 + 10, { effectAt: 50 }),
    );
    // by the order of the log: the host's clock may have been set back
    expect(history.lastEffect(web, 'h')).toEqual({ at: 50, loggedAt: T0 + 9 });
    expect(history.lastEffect(web, 'other')).toBeUndefined();
  });

  it('knows what an operation is changing right now', () => {
    const request = actionRequest('a', ['k']);
    const history = historyOf(operationIssued(request, T0));
    const place = { host: 'h', replica: 0 };
    expect(history.isBeingChanged(web, place, T0)).toBe(true);
    expect(history.isBeingChanged(web, { ...place, replica: 1 }, T0)).toBe(false);
    expect(history.isBeingChanged(web, { ...place, host: 'other' }, T0)).toBe(false);
    const [, finished] = actionLog(request, 'running', T0 + 5, { effectAt: T0 });
    if (finished !== undefined) history.apply(finished);
    expect(history.isBeingChanged(web, place, T0 + 5)).toBe(false);
  });

  it('lets nothing be under way after the end', () => {
    const request = actionRequest('a', ['k']);
    const history = historyOf(operationIssued(request, T0), actionLog(request, 'failed', T0 + 9));
    expect(history.isBeingChanged(web, { host: 'h', replica: 0 }, T0 + 9)).toBe(false);
  });

  it('knows the last roll-back and the last retry of a person', () => {
    const operator = { actor: 'alice', reason: 'again', force: false, dryRun: false };
    const retry = { action: 'update' as const, operator };
    const history = historyOf(
      actionLog(actionRequest('a', ['k']), 'rolled_back', T0),
      actionLog(actionRequest('b', ['k']), 'rolled_back', T0 + 5),
      actionLog(actionRequest('c', ['o'], retry), 'running', T0 + 6),
      actionLog(
        actionRequest('d', ['p'], { ...retry, operator: { ...operator, dryRun: true } }),
        'suppressed',
        T0 + 7,
      ),
    );
    expect(history.lastRollback(web)?.request.actionId).toBe('b');
    expect(history.lastRetry(web)?.request.actionId).toBe('c');
  });

  it('forgets what ended long ago, not what still runs', () => {
    const history = historyOf(
      actionLog(actionRequest('a', ['k']), 'failed', T0),
      actionLog(actionRequest('b', ['k']), 'pending_approval', T0),
    );
    history.trim(T0 + HISTORY_MS);
    expect(history.record(web, 'a')).toBeDefined();
    history.trim(T0 + HISTORY_MS + 1);
    expect(history.record(web, 'a')).toBeUndefined();
    expect(history.record(web, 'b')).toBeDefined();
  });
});
