import type { Operation } from '@vigil/contracts';
import fc from 'fast-check';
import { DIGEST, health, HOST, observation, service, WEB } from '../testing/fixtures.js';
import { nextBatch, type PlannedOperation } from './next-batch.js';
import { isAvailable, placeKey, type ReplicaFacts } from './replica-facts.js';

function planned(
  kind: 'start' | 'restart' | 'reconfigure' | 'stop',
  replica: number,
): PlannedOperation {
  const common = {
    resource: WEB,
    replica,
    precondition: { kind: 'any' } as const,
    service: service(),
    specDigest: DIGEST,
  };
  const operations: Record<typeof kind, Operation> = {
    start: { ...common, kind: 'start' },
    restart: { ...common, kind: 'restart', gracePeriodMs: 0 },
    reconfigure: { ...common, kind: 'reconfigure' },
    stop: { ...common, kind: 'stop', gracePeriodMs: 0, forget: true },
  };
  return { index: replica, host: HOST, operation: operations[kind] };
}

function facts(states: readonly ('healthy' | 'unhealthy' | 'gone')[]): ReplicaFacts {
  return new Map(
    states.flatMap((state, replica) =>
      state === 'gone'
        ? []
        : [[placeKey({ host: HOST, replica }), observation({ replica, health: health(state) })]],
    ),
  );
}

const asked = (maxUnavailable: number) => ({ maxUnavailable, removes: true });
const indexes = (batch: readonly PlannedOperation[]) => batch.map(({ index }) => index);

describe('the next batch', () => {
  it('takes all replicas that do not serve at once, before any that does', () => {
    const remaining = [0, 1, 2].map((replica) => planned('restart', replica));
    expect(
      indexes(nextBatch(remaining, facts(['healthy', 'unhealthy', 'gone']), asked(1))),
    ).toEqual([1, 2]);
  });

  it('takes as many that serve as may be unavailable', () => {
    const remaining = [0, 1, 2].map((replica) => planned('restart', replica));
    const all = facts(['healthy', 'healthy', 'healthy']);
    expect(indexes(nextBatch(remaining, all, asked(1)))).toEqual([0]);
    expect(indexes(nextBatch(remaining, all, asked(2)))).toEqual([0, 1]);
  });

  it('starts everything at once, and removes what is to be removed', () => {
    const remaining = [planned('start', 0), planned('stop', 1), planned('start', 2)];
    expect(indexes(nextBatch(remaining, facts(['gone', 'healthy', 'gone']), asked(1)))).toEqual([
      0, 1, 2,
    ]);
  });

  it('takes back what serves no faster than anything else that serves', () => {
    const remaining = [2, 3, 4].map((replica) => planned('stop', replica));
    const now = facts(['healthy', 'healthy', 'healthy', 'unhealthy', 'healthy']);
    const back = { maxUnavailable: 1, removes: false };
    expect(indexes(nextBatch(remaining, now, back))).toEqual([3]);
    const rest = remaining.filter(({ index }) => index !== 3);
    expect(indexes(nextBatch(rest, now, back))).toEqual([2]);
  });

  it('never takes away more than may be unavailable, and always gets to the end', () => {
    const kind = fc.constantFrom('start', 'restart', 'reconfigure', 'stop');
    const state = fc.constantFrom('healthy' as const, 'unhealthy' as const, 'gone' as const);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(kind, state), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        (replicas, limit, removes) => {
          let remaining = replicas.map(([what], replica) => planned(what, replica));
          const now = facts(replicas.map(([, how]) => how));
          while (remaining.length > 0) {
            const batch = nextBatch(remaining, now, { maxUnavailable: limit, removes });
            const serving = batch.filter(
              ({ host, operation }) =>
                operation.kind !== 'start' &&
                !(operation.kind === 'stop' && removes) &&
                isAvailable(now, { host, replica: operation.replica }),
            );
            expect(batch.length).toBeGreaterThan(0);
            expect(serving.length).toBeLessThanOrEqual(limit);
            remaining = remaining.filter((one) => !batch.includes(one));
          }
        },
      ),
    );
  });
});
