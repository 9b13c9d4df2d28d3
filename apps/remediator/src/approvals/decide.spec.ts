import { DIGEST } from '../testing/fixtures.js';
import { decide } from './decide.js';

const plan = { operations: [], hash: DIGEST, maxUnavailable: 1 };
const waiting = { state: 'pending_approval' as const, plan, expiresAt: 1_000 };
const approve = { decision: 'approve' as const, planHash: DIGEST };

describe('what a person decided', () => {
  it.each([
    ['begins what was approved in time', approve, waiting, 999, { kind: 'move', to: 'queued' }],
    ['comes to nothing when it is too late', approve, waiting, 1_000, { kind: 'ignored' }],
    [
      'comes to nothing when it is about another plan',
      { ...approve, planHash: 'other' },
      waiting,
      0,
      { kind: 'ignored' },
    ],
    ['ends what waits', { decision: 'reject' as const }, waiting, 0, { to: 'rejected' }],
    ['ends it also too late', { decision: 'reject' as const }, waiting, 2_000, { to: 'rejected' }],
    ['cancels what waits', { decision: 'cancel' as const }, waiting, 0, { to: 'cancelled' }],
    [
      'interrupts what runs',
      { decision: 'cancel' as const },
      { state: 'running' as const },
      0,
      { kind: 'interrupt' },
    ],
    [
      'does not interrupt a roll-back',
      { decision: 'cancel' as const },
      { state: 'rolling_back' as const },
      0,
      { kind: 'ignored' },
    ],
    ['comes to nothing when it has ended', approve, undefined, 0, { kind: 'ignored' }],
  ])('%s', (_rule, decided, view, now, outcome) => {
    expect(decide(decided, view, now)).toMatchObject(outcome);
  });
});
