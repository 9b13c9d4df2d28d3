import fc from 'fast-check';
import type { DifferenceType } from './drift.js';
import { scoreOf, type ScoreInput } from './score.js';

const base: ScoreInput = {
  type: 'missing',
  class: 'corrective',
  share: 1,
  criticality: undefined,
  dependants: 0,
  openForMs: 0,
};

describe('scoreOf', () => {
  it.each<[string, Partial<ScoreInput>, number, string]>([
    ['the only replica is dead', {}, 80, 'critical'],
    ['one of three is dead', { share: 1 / 3 }, 60, 'warning'],
    ['a new service is not started yet', { class: 'intentional' }, 65, 'warning'],
    ['the only replica is unhealthy', { type: 'health' }, 75, 'critical'],
    ['a variable was changed by hand', { type: 'config' }, 65, 'warning'],
    ['one of three was changed by hand', { type: 'config', share: 1 / 3 }, 45, 'warning'],
    [
      'a roll-out of one in ten is due',
      { type: 'config', class: 'intentional', share: 0.1 },
      23,
      'info',
    ],
    ['something left Git', { type: 'orphaned', class: 'intentional' }, 25, 'info'],
    ['a toy is dead', { criticality: 'low' }, 60, 'warning'],
    ['a crown jewel lost one of three', { criticality: 'critical', share: 1 / 3 }, 80, 'critical'],
    ['a word that means nothing', { criticality: 'urgent' }, 80, 'critical'],
    ['five depend on it', { dependants: 5, type: 'replicas', share: 0.5 }, 55, 'warning'],
    ['more than five do', { dependants: 50, type: 'replicas', share: 0.5 }, 55, 'warning'],
    ['it lasts for 20 minutes', { openForMs: 1_200_000, share: 1 / 3 }, 64, 'warning'],
    ['it lasts for a day', { openForMs: 86_400_000, share: 1 / 3 }, 70, 'critical'],
  ])('%s', (_what, changes, score, severity) => {
    expect(scoreOf({ ...base, ...changes })).toEqual({ score, severity });
  });

  it('is from 0 to 100, and more of anything never makes it less', () => {
    const input = fc.record({
      type: fc.constantFrom<DifferenceType>(
        'missing',
        'replicas',
        'config',
        'health',
        'orphaned',
        'unreachable',
      ),
      class: fc.constantFrom('corrective' as const, 'intentional' as const),
      share: fc.double({ min: 0, max: 2, noNaN: true }),
      criticality: fc.constantFrom('low', 'normal', 'high', 'critical', undefined),
      dependants: fc.nat(20),
      openForMs: fc.nat(10_000_000),
    });
    fc.assert(
      fc.property(input, (some) => {
        const { score } = scoreOf(some);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(100);
        const worse = { ...some, share: some.share + 0.1, dependants: some.dependants + 1 };
        expect(scoreOf({ ...worse, openForMs: some.openForMs * 2 }).score).toBeGreaterThanOrEqual(
          score,
        );
      }),
    );
  });
});
