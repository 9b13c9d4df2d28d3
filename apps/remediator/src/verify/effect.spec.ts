import type { Operation, ReplicaObservation } from '@vigil/contracts';
import { DIGEST, digest, health, HOST, observation, service, WEB } from '../testing/fixtures.js';
import { CHECK } from '../testing/scenario.js';
import { judgeEffect, verificationDeadline, type Effect } from './effect.js';

const AT = 10_000;
/** The agent's clock is behind. */
const AGENT_TIME = 7_000;

function effect(kind: Operation['kind'], manifest = service()): Effect {
  const common = { resource: WEB, replica: 0, precondition: { kind: 'any' } as const };
  const desired = { service: manifest, specDigest: DIGEST };
  const operations: Record<Operation['kind'], Operation> = {
    start: { kind: 'start', ...common, ...desired },
    restart: { kind: 'restart', ...common, ...desired, gracePeriodMs: 0 },
    reconfigure: { kind: 'reconfigure', ...common, ...desired },
    stop: { kind: 'stop', ...common, gracePeriodMs: 0, forget: true },
    adopt: { kind: 'adopt', ...common, ...desired, container: 'web-1' },
    release: { kind: 'release', ...common },
  };
  const instance = kind === 'stop' ? {} : { instance: 'new' };
  return { host: HOST, operation: operations[kind], ...instance, agentTime: AGENT_TIME, at: AT };
}

const fresh = (more: Partial<ReplicaObservation> = {}) => observation({ instance: 'new', ...more });
const good = { kind: 'good' };
const pending = { kind: 'pending' };
const fault = (message: string) => ({ kind: 'fault', message: `replica 0 on host-a ${message}` });

describe('what a snapshot says about an effect', () => {
  it.each<[string, Operation['kind'], ReplicaObservation | undefined, object]>([
    ['a first good check proves a start', 'start', fresh({ health: health('healthy') }), good],
    [
      'a check that has not succeeded yet proves nothing',
      'start',
      fresh({ health: health('starting') }),
      pending,
    ],
    [
      'without a check a second of life does',
      'start',
      fresh(),
      { kind: 'pending', goodAt: AT + 1_000 },
    ],
    ['a stopped process is no life', 'start', fresh({ suspended: true }), pending],
    [
      'a bad check is a new fault',
      'start',
      fresh({ health: health('unhealthy', { message: 'refused' }) }),
      fault('is unhealthy: refused'),
    ],
    [
      'an exit is a new fault',
      'restart',
      fresh({ state: 'exited', exitCode: 3 }),
      fault('ended again with exit code 3'),
    ],
    [
      'a kill is a new fault',
      'restart',
      fresh({ state: 'exited', signal: 'SIGKILL' }),
      fault('ended again by SIGKILL'),
    ],
    ['a disappearance is a new fault', 'start', undefined, fault('has disappeared')],
    [
      'another launch is not ours',
      'start',
      fresh({ instance: 'newer' }),
      fault('was started again by something else'),
    ],
    ['what is gone has stopped', 'stop', undefined, good],
    ['what has ended has stopped', 'stop', fresh({ state: 'stopped' }), good],
    [
      'what was taken over runs, healthy or not',
      'adopt',
      fresh({ health: health('unhealthy') }),
      good,
    ],
    ['what was taken over need not run', 'adopt', fresh({ state: 'exited' }), good],
    ['what was taken over is there', 'adopt', undefined, fault('has disappeared')],
    ['what was given back may run', 'release', fresh(), good],
    ['what runs has not stopped', 'stop', fresh(), pending],
    ['the new manifest without a check is all there is to see', 'reconfigure', fresh(), good],
    ['the old manifest proves nothing', 'reconfigure', fresh({ specDigest: digest('0') }), pending],
    [
      'a check from before the change proves nothing',
      'reconfigure',
      fresh({ health: health('healthy', { lastSuccessAt: AGENT_TIME - 1 }) }),
      pending,
    ],
    [
      'a good check after the change proves it',
      'reconfigure',
      fresh({ health: health('healthy', { lastSuccessAt: AGENT_TIME }) }),
      good,
    ],
    [
      'a bad check from before the change is no fault of it',
      'reconfigure',
      fresh({ health: health('unhealthy', { lastAttemptAt: AGENT_TIME - 1 }) }),
      pending,
    ],
    [
      'a bad check after the change is one',
      'reconfigure',
      fresh({ health: health('unhealthy', { lastAttemptAt: AGENT_TIME }) }),
      fault('is unhealthy'),
    ],
  ])('%s', (_rule, kind, observed, verdict) => {
    expect(judgeEffect(effect(kind), observed, AGENT_TIME)).toEqual(verdict);
  });

  it('is nothing when the snapshot is older', () => {
    expect(judgeEffect(effect('start'), undefined, AGENT_TIME - 1)).toEqual(pending);
  });
});

describe('the verification window', () => {
  it.each<[string, number, Effect]>([
    ['is at least 10 s', 10_000, effect('start')],
    [
      'is the start period and the failing of a check',
      61_000,
      effect(
        'start',
        service({ healthCheck: { ...CHECK, startPeriodMs: 31_000, intervalMs: 10_000 } }),
      ),
    ],
    ['is 10 s for a stop', 10_000, effect('stop')],
  ])('%s', (_rule, windowMs, given) => {
    expect(verificationDeadline(given)).toBe(AT + windowMs);
  });
});
