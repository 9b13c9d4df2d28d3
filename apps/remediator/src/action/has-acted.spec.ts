import type { CommandResult } from '@vigil/contracts';
import { HOST, WEB } from '../testing/fixtures.js';
import type { IssuedOperation } from './action-view.js';
import { hasActed } from './has-acted.js';

function issued(status?: CommandResult['status'], code?: string): IssuedOperation {
  const result = { commandId: 'c', actionId: 'a', host: HOST, startedAt: 1, finishedAt: 2 };
  return {
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
    ...(status === undefined
      ? {}
      : { finished: { at: 2, result: { ...result, status, ...(code ? { code } : {}) } } }),
  };
}

describe('an action has acted', () => {
  it.each<[boolean, string, readonly IssuedOperation[]]>([
    [false, 'it has sent nothing', []],
    [false, 'its operations were refused', [issued('refused', 'stopped')]],
    [false, 'its agent was not connected', [issued('refused', 'unreachable')]],
    [false, 'what is there was not what it was planned for', [issued('precondition-failed')]],
    [true, 'one operation succeeded', [issued('refused'), issued('succeeded')]],
    [true, 'one operation failed', [issued('failed', 'spawn-failed')]],
    [true, 'the end of the agent cut an operation off', [issued('failed', 'interrupted')]],
    [true, 'nobody knows what became of an operation', [issued()]],
    [true, 'its agent has no record of an operation that was sent', [issued('unknown')]],
  ])('%s: %s', (expected, _case, operations) => {
    expect(hasActed({ operations })).toBe(expected);
  });
});
