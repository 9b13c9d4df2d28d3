import { ACTION_TRANSITIONS, type ActionLogEntry, type ActionState } from '@vigil/contracts';
import fc from 'fast-check';
import { request } from '../testing/fixtures.js';
import { BrokenActionLog, IllegalTransition } from './action-errors.js';
import { applyEntry, isFinished, replayLog } from './action-view.js';

const asked = request();
const common = (sequence: number) => ({
  actionId: asked.actionId,
  correlationId: asked.correlationId,
  resource: asked.resource,
  sequence,
  at: sequence,
  actor: 'test',
});
const requested: ActionLogEntry = { ...common(0), kind: 'requested', request: asked };

function transition(sequence: number, from: ActionState, to: ActionState): ActionLogEntry {
  return { ...common(sequence), kind: 'transition', from, to };
}

const states = Object.keys(ACTION_TRANSITIONS).filter(
  (name): name is ActionState => name in ACTION_TRANSITIONS,
);

describe('the log of an action', () => {
  it('adds up to its state', () => {
    const view = replayLog([
      requested,
      transition(1, 'requested', 'queued'),
      transition(2, 'queued', 'running'),
    ]);
    expect(view).toMatchObject({ state: 'running', sequence: 2, updatedAt: 2, loggedAt: 0 });
  });

  it('refuses every transition that the table does not have', () => {
    for (const from of states) {
      for (const to of states) {
        const view = { ...applyEntry(undefined, requested), state: from };
        const allowed: readonly ActionState[] = ACTION_TRANSITIONS[from];
        const attempt = () => applyEntry(view, transition(1, from, to));
        if (allowed.includes(to)) expect(attempt().state).toBe(to);
        else expect(attempt).toThrow(IllegalTransition);
      }
    }
  });

  it('refuses a transition from a state that the action is not in', () => {
    const view = applyEntry(undefined, requested);
    expect(() => applyEntry(view, transition(1, 'queued', 'running'))).toThrow(IllegalTransition);
  });

  it('refuses a log with a hole, a second beginning or none', () => {
    const view = applyEntry(undefined, requested);
    expect(() => applyEntry(view, transition(2, 'requested', 'queued'))).toThrow(BrokenActionLog);
    expect(() => applyEntry(view, { ...requested, sequence: 1 })).toThrow(BrokenActionLog);
    expect(() => applyEntry(undefined, transition(1, 'requested', 'queued'))).toThrow(
      BrokenActionLog,
    );
  });

  it('comes to the same however often entries are repeated, and never leaves a final state', () => {
    const walk = fc.array(fc.nat({ max: 20 }), { maxLength: 12 });
    fc.assert(
      fc.property(walk, fc.array(fc.nat({ max: 3 })), (choices, repetitions) => {
        const log = legalLog(choices);
        const repeated = log.flatMap((entry, at) =>
          Array.from({ length: 1 + (repetitions[at] ?? 0) }, () => entry),
        );
        const view = replayLog(log);
        expect(replayLog(repeated)).toEqual(view);
        if (view !== undefined && isFinished(view)) {
          for (const to of states) {
            const more = transition(view.sequence + 1, view.state, to);
            expect(() => applyEntry(view, more)).toThrow(IllegalTransition);
          }
        }
      }),
    );
  });

  it('remembers which plan a person approved', () => {
    const plan = { operations: [], hash: 'hash-1', maxUnavailable: 1 };
    const view = replayLog([
      requested,
      { ...common(1), kind: 'transition', from: 'requested', to: 'pending_approval', plan },
      transition(2, 'pending_approval', 'queued'),
    ]);
    expect(view?.approvedPlanHash).toBe('hash-1');
  });
});

function legalLog(choices: readonly number[]): ActionLogEntry[] {
  const log = [requested];
  let state: ActionState = 'requested';
  for (const choice of choices) {
    const allowed: readonly ActionState[] = ACTION_TRANSITIONS[state];
    const to = allowed[choice % Math.max(1, allowed.length)];
    if (to === undefined) break;
    log.push(transition(log.length, state, to));
    state = to;
  }
  return log;
}
