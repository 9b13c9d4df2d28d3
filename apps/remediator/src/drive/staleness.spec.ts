import type { ActionRequest } from '@vigil/contracts';
import { operator, request, service } from '../testing/fixtures.js';
import { CHECK } from '../testing/scenario.js';
import { stalenessOf } from './staleness.js';

const DECIDED = 1_000_000;
const slow = service({ healthCheck: { ...CHECK, intervalMs: 20_000 } });
const quick = service({ healthCheck: { ...CHECK, intervalMs: 1_000 } });

describe('what was decided', () => {
  it.each<[string, Partial<ActionRequest>, number, boolean]>([
    ['holds for 30 s', {}, 30_000, false],
    ['does not hold longer', {}, 30_001, true],
    ['holds for 30 s also when it is checked more often', { service: quick }, 30_000, false],
    ['holds for three intervals of its check', { service: slow }, 60_000, false],
    ['does not hold longer than these', { service: slow }, 60_001, true],
    ['holds for 30 s without a manifest', { service: undefined }, 30_001, true],
    ['holds for as long as it takes when a person did', { operator: operator() }, 3_600_000, false],
    ['holds when the clock of who decided is ahead', {}, -3_600_000, false],
  ])('%s', (_rule, more, ageMs, stale) => {
    const now = DECIDED + ageMs;
    const reason = stalenessOf(request(more), DECIDED, now);
    expect(reason?.code).toBe(stale ? 'stale' : undefined);
    expect(reason?.nextAttemptAt).toBe(stale ? now : undefined);
  });
});
