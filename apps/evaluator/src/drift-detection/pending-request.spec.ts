import { ActionHistory } from '../action-history/action-history.js';
import { actionLog, actionRequest } from '../testing/action-log.js';
import { id, T0 } from '../testing/fixtures.js';
import { followUp, pendingOf, REPUBLISH_AFTER_MS } from './pending-request.js';

const pending = pendingOf(actionRequest('a', ['k']), T0);
const of = (present: string[], wished = present) => ({
  present: new Set(present),
  wished: new Set(wished),
});
const present = of(['k']);
const late = T0 + REPUBLISH_AFTER_MS;

const logged = () => {
  const history = new ActionHistory();
  for (const entry of actionLog(actionRequest('a', ['k']), 'requested', T0)) history.apply(entry);
  return history.record(id('default/web'), 'a');
};

describe('a request that was published', () => {
  it('is in flight until the log has it', () => {
    expect(followUp(pending, undefined, present, late - 1)).toEqual({ kind: 'wait', pending });
    expect(followUp(pending, logged(), present, late)).toEqual({ kind: 'none' });
    expect(followUp(undefined, undefined, present, late)).toEqual({ kind: 'none' });
  });

  it('is published again with the same id when it may have been lost', () => {
    expect(followUp(pending, undefined, present, late)).toEqual({
      kind: 'republish',
      pending: { request: pending.request, publishedAt: late },
    });
  });

  it('is not published again while nothing is known of its causes', () => {
    expect(followUp(pending, undefined, of(['k'], []), late)).toEqual({ kind: 'wait', pending });
  });

  it('is given up when its causes are gone', () => {
    expect(followUp(pending, undefined, of(['other']), late)).toEqual({ kind: 'none' });
  });
});
