import type { CommandResult } from '@vigil/contracts';
import { DIGEST, HOST, service, WEB } from '../testing/fixtures.js';
import type { CommandOutcome } from './command-runner.js';
import { conclude } from './conclude.js';
import type { OperationOutcome } from './issue-operations.js';

const NOW = 10_000;

function outcome(given: CommandOutcome): OperationOutcome {
  return {
    operation: {
      index: 0,
      host: HOST,
      operation: {
        kind: 'start',
        resource: WEB,
        replica: 0,
        precondition: { kind: 'absent' },
        service: service(),
        specDigest: DIGEST,
      },
    },
    outcome: given,
  };
}

function answered(
  status: CommandResult['status'],
  more: Partial<CommandResult> = {},
): OperationOutcome {
  const result = { commandId: 'c', actionId: 'a', host: HOST, startedAt: 1, finishedAt: 1 };
  return outcome({ kind: 'answered', result: { ...result, status, ...more } });
}

const good = answered('succeeded');

describe('the conclusion from results', () => {
  it.each<[string, OperationOutcome, object]>([
    ['a success', good, { kind: 'go-on' }],
    [
      'a failure',
      answered('failed', { code: 'spawn-failed', message: 'no such file' }),
      {
        kind: 'failed',
        reason: {
          code: 'spawn-failed',
          message: 'start of replica 0 on host-a failed: no such file',
        },
      },
    ],
    [
      'the end of the agent meanwhile',
      answered('failed', { code: 'interrupted' }),
      { kind: 'short', reason: { code: 'interrupted', nextAttemptAt: 11_000 } },
    ],
    [
      'another state than planned for',
      answered('precondition-failed'),
      { kind: 'short', reason: { code: 'changed', nextAttemptAt: 11_000 } },
    ],
    [
      'a refusal',
      answered('refused', { code: 'stopped' }),
      { kind: 'short', reason: { code: 'stopped', nextAttemptAt: 15_000 } },
    ],
    [
      'an agent that is not connected',
      outcome({ kind: 'unreachable' }),
      { kind: 'short', reason: { code: 'unreachable', nextAttemptAt: 15_000 } },
    ],
    [
      'an agent that was not connected before a crash of ours',
      answered('refused', { code: 'unreachable' }),
      {
        kind: 'short',
        reason: {
          code: 'unreachable',
          message: 'start of replica 0 on host-a: its agent is not connected',
          nextAttemptAt: 15_000,
        },
      },
    ],
    [
      'a lost result',
      outcome({ kind: 'lost' }),
      { kind: 'short', reason: { code: 'result-lost', nextAttemptAt: 15_000 } },
    ],
  ])('%s', (_case, one, conclusion) => {
    expect(conclude([good, one], NOW)).toMatchObject(conclusion);
  });

  it('is decided by a failure, whatever else there is', () => {
    const outcomes = [answered('refused'), good, answered('failed'), outcome({ kind: 'lost' })];
    expect(conclude(outcomes, NOW).kind).toBe('failed');
  });
});
