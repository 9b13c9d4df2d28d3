import { driftCause } from '../testing/action-log.js';
import { id, T0 } from '../testing/fixtures.js';
import type { Verdict } from './decide.js';
import { decisionNews } from './decision-events.js';

const web = id('default/web');
const verdict = (change: Partial<Verdict> = {}): Verdict => ({
  outcome: 'none',
  code: 'backoff',
  message: 'later',
  causes: [driftCause('k')],
  correlationIds: ['c'],
  nextAttemptAt: T0 + 10,
  ...change,
});

describe('recording decisions', () => {
  it('records a decision once, and again when it changes', () => {
    const first = decisionNews(web, [verdict()], [], T0);
    expect(first.events).toMatchObject([{ code: 'backoff', resource: web, at: T0 }]);
    const same = decisionNews(web, [verdict({ message: 'other words' })], first.fingerprints, T0);
    expect(same.events).toEqual([]);
    expect(same.fingerprints).toEqual(first.fingerprints);
    for (const change of [
      { code: 'in-flight' },
      { causes: [driftCause('l')] },
      { nextAttemptAt: T0 + 20 },
    ]) {
      const changed = decisionNews(web, [verdict(change)], first.fingerprints, T0 + 1);
      expect(changed.events).toHaveLength(1);
    }
  });

  it('records it in each chain that it is about', () => {
    const { events } = decisionNews(web, [verdict({ correlationIds: ['c', 'd'] })], [], T0);
    expect(events.map(({ correlationId }) => correlationId)).toEqual(['c', 'd']);
    expect(new Set(events.map(({ id: decisionId }) => decisionId)).size).toBe(2);
  });

  it('is another decision when it comes back', () => {
    const [first] = decisionNews(web, [verdict()], [], T0).events;
    const [again] = decisionNews(web, [verdict()], [], T0 + 1).events;
    expect(again?.id).not.toBe(first?.id);
  });
});
