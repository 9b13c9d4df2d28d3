import { VigilError, type Disposition } from '@vigil/service';
import fc from 'fast-check';
import { InvalidPayload } from '../errors.js';
import { DEFAULT_REDELIVERY, isExhausted, settle, type Settlement } from './settlement.js';

class Failure extends VigilError {
  readonly code = 'test.failure';
  constructor(readonly disposition: Disposition) {
    super('failed');
  }
}

const retryAfter = (delayMs: number): Settlement => ({ kind: 'retry', delayMs });

describe('how a failed delivery ends', () => {
  it.each<[string, unknown, number, Settlement]>([
    ['first failure', new Failure('retry'), 1, retryAfter(1_000)],
    ['second', new Failure('retry'), 2, retryAfter(2_000)],
    ['sixth', new Failure('retry'), 6, retryAfter(32_000)],
    ['seventh: at the cap', new Failure('retry'), 7, retryAfter(60_000)],
    ['last but one', new Failure('retry'), 19, retryAfter(60_000)],
    ['twentieth', new Failure('retry'), 20, { kind: 'dead', reason: 'exhausted' }],
    ['a bug', new TypeError('x'), 1, retryAfter(1_000)],
    ['refused', new Failure('reject'), 1, { kind: 'dead', reason: 'rejected' }],
    ['broken', new InvalidPayload('x'), 1, { kind: 'dead', reason: 'invalid' }],
    ['the process is broken', new Failure('crash'), 1, { kind: 'crash' }],
  ])('%s', (_name, error, deliveryCount, expected) => {
    expect(settle(error, deliveryCount, DEFAULT_REDELIVERY)).toEqual(expected);
  });

  it('never gives up where attempts are unlimited', () => {
    const policy = { ...DEFAULT_REDELIVERY, maxDeliver: 'unlimited' as const };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (deliveryCount) => {
        expect(settle(new Failure('retry'), deliveryCount, policy).kind).toBe('retry');
        expect(isExhausted(deliveryCount, policy)).toBe(false);
      }),
    );
  });

  it('never retries what the next delivery would find exhausted', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.nat(100), (maxDeliver, deliveryCount) => {
        const policy = { ...DEFAULT_REDELIVERY, maxDeliver };
        const { kind } = settle(new Failure('retry'), deliveryCount, policy);
        expect(kind === 'dead').toBe(isExhausted(deliveryCount + 1, policy));
      }),
    );
  });
});
