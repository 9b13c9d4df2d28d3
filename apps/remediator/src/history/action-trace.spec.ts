import type { CommandResult } from '@vigil/contracts';
import type { ActionView } from '../action/action-view.js';
import { placeKey } from '../plan/replica-facts.js';
import { HOST, policyCause, request, WEB } from '../testing/fixtures.js';
import { traceOf } from './action-trace.js';

function ended(result: Pick<CommandResult, 'status' | 'code' | 'effectAt'>): ActionView {
  const about = { commandId: 'c', actionId: 'a', host: HOST, startedAt: 1, finishedAt: 40 };
  return {
    request: request({ action: 'restart', causes: [policyCause('leak')] }),
    state: 'suppressed',
    sequence: 5,
    queuedAt: 1,
    loggedAt: 1,
    updatedAt: 60,
    operations: [
      {
        index: 0,
        commandId: 'c',
        host: HOST,
        rollback: false,
        operation: {
          kind: 'stop',
          resource: WEB,
          replica: 0,
          precondition: { kind: 'any' },
          gracePeriodMs: 1,
          forget: false,
        },
        finished: { at: 50, result: { ...about, ...result } },
      },
    ],
  };
}

const place = placeKey({ host: HOST, replica: 0 });

describe('the trace of an action', () => {
  it('remembers an effect by our own clock', () => {
    const trace = traceOf(ended({ status: 'succeeded', effectAt: 30 }));
    expect(trace).toMatchObject({ actedAt: 40 });
    expect(trace.effects.get(place)).toBe(40);
  });

  it('begins a cooldown with what the end of the agent cut off, and no backoff of repairs', () => {
    const trace = traceOf(ended({ status: 'failed', code: 'interrupted' }));
    expect(trace.actedAt).toBe(50);
    expect(trace.effects.size).toBe(0);
  });

  it('does not count what was refused', () => {
    expect(traceOf(ended({ status: 'refused', code: 'stopped' })).actedAt).toBeUndefined();
  });

  it('keeps why it failed, in few words, and nothing of what has not', () => {
    const view = ended({ status: 'failed' });
    const reason = { code: 'operation-failed', message: 'x'.repeat(2_000) };
    expect(traceOf({ ...view, state: 'failed', reason }).failure).toBe('x'.repeat(200));
    expect(traceOf({ ...view, reason }).failure).toBeUndefined();
  });
});
