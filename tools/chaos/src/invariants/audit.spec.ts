import { ActionLogEntry } from '@vigil/contracts';
import { resourceId } from '@vigil/manifests';
import { openActions, startsInAudit, violationsOfAudit } from './audit.js';

const web = resourceId({ namespace: 'shop', kind: 'Service', name: 'web' });

/** Writes the log of some actions as the remediator would, unless told otherwise. */
class Log {
  readonly entries: ActionLogEntry[] = [];
  private readonly sequences = new Map<string, number>();

  requested(actionId: string, cause = actionId): this {
    return this.add(actionId, {
      kind: 'requested',
      request: {
        actionId,
        correlationId: 'c',
        resource: web,
        action: 'start',
        causes: [
          {
            kind: 'drift',
            key: cause,
            driftId: 'd',
            driftType: 'missing',
            severity: 'critical',
          },
        ],
        attempt: 1,
        targets: [],
        mode: 'auto',
        requestedAt: 1,
        observedAt: 1,
      },
    });
  }

  moves(actionId: string, from: string, to: string, fencingToken?: number): this {
    return this.add(actionId, { kind: 'transition', from, to, fencingToken });
  }

  issues(actionId: string, commandId = `${actionId}-0`): this {
    return this.add(actionId, {
      kind: 'operation-issued',
      index: 0,
      commandId,
      host: 'h1',
      rollback: false,
      operation: {
        kind: 'stop',
        resource: web,
        replica: 0,
        precondition: { kind: 'any' },
        gracePeriodMs: 0,
        forget: false,
      },
    });
  }

  finishes(actionId: string, commandId = `${actionId}-0`, status = 'succeeded'): this {
    return this.add(actionId, {
      kind: 'operation-finished',
      index: 0,
      commandId,
      rollback: false,
      result: { commandId, actionId, host: 'h1', status, startedAt: 1, finishedAt: 1 },
    });
  }

  /** From the request to its success. */
  whole(actionId: string, token: number, cause = actionId): this {
    return this.requested(actionId, cause)
      .moves(actionId, 'requested', 'queued', token)
      .moves(actionId, 'queued', 'running')
      .issues(actionId)
      .finishes(actionId)
      .moves(actionId, 'running', 'verifying')
      .moves(actionId, 'verifying', 'succeeded');
  }

  skip(actionId: string): this {
    this.sequences.set(actionId, (this.sequences.get(actionId) ?? 0) + 1);
    return this;
  }

  private add(actionId: string, entry: object): this {
    const sequence = this.sequences.get(actionId) ?? 0;
    this.sequences.set(actionId, sequence + 1);
    const common = { actionId, correlationId: 'c', resource: web, sequence, at: 1, actor: 'r' };
    this.entries.push(ActionLogEntry.parse({ ...common, ...entry }));
    return this;
  }
}

const running = (log: Log, id: string, token: number): Log =>
  log.requested(id).moves(id, 'requested', 'queued', token).moves(id, 'queued', 'running');

describe('the audit', () => {
  it('is in order for actions one after another', () => {
    const { entries } = new Log().whole('a', 1).whole('b', 5);
    expect(violationsOfAudit(entries)).toEqual([]);
    expect(openActions(entries)).toEqual([]);
    expect(startsInAudit(entries)).toBe(0);
  });

  it('is in order for an action that waits while another one runs', () => {
    const log = new Log().requested('b');
    const { entries } = running(log, 'a', 1);
    expect(violationsOfAudit(entries)).toEqual([]);
    expect(openActions(entries)).toEqual(['b', 'a']);
  });

  it.each<[string, Log, RegExp]>([
    ['a gap', new Log().requested('a').skip('a').moves('a', 'requested', 'queued', 1), /follows/],
    ['no request', new Log().moves('a', 'requested', 'queued', 1), /first/],
    ['a jump', new Log().requested('a').moves('a', 'requested', 'succeeded'), /from requested/],
    [
      'a state that it was not in',
      new Log().requested('a').moves('a', 'running', 'verifying'),
      /in state requested/,
    ],
    ['an operation before it runs', new Log().requested('a').issues('a'), /in state requested/],
    [
      'the result of what was not issued',
      running(new Log(), 'a', 1).finishes('a'),
      /was not issued/,
    ],
    [
      'an effect twice',
      running(new Log(), 'a', 1).issues('a').finishes('a').issues('a', 'x').finishes('a', 'x'),
      /again/,
    ],
    [
      'two holders of a lock',
      running(running(new Log(), 'a', 1), 'b', 2),
      /takes the lock that a \(running\) holds/,
    ],
    [
      'an operation after another took the lock',
      running(running(new Log(), 'a', 1), 'b', 2).issues('a'),
      /without the lock/,
    ],
    ['an older token', new Log().whole('a', 5).whole('b', 4), /not above 5/],
    ['a cause remedied twice', new Log().whole('a', 1, 'x').whole('b', 2, 'x'), /remedies x/],
  ])('shows %s', (_what, { entries }, expected) => {
    expect(violationsOfAudit(entries).join('\n')).toMatch(expected);
  });
});
