import { operator, policyCause, request, service } from '../testing/fixtures.js';
import { HISTORY_MS, historyNeededMs } from './history-needed.js';

const HOUR = 3_600_000;
const cooling = (cooldownPeriodMs: number) => ({
  service: service({}, { cooldownPeriodMs, stableAfterMs: 0 }),
});
const byPolicy = { causes: [policyCause('leak')] };

describe('how far back the gates look', () => {
  it.each([
    ['four hours', {}, HISTORY_MS],
    ['four hours for what has no manifest', { service: undefined }, HISTORY_MS],
    ['four hours without a cooldown', cooling(0), HISTORY_MS],
    ['the cooldown of a policy', { ...byPolicy, ...cooling(24 * HOUR) }, 24 * HOUR],
    ['four hours for a short one', { ...byPolicy, ...cooling(HOUR) }, HISTORY_MS],
    // 10 s, 20 s … 40,960 s: 13 steps, and the 14th is longer than the cap
    ['a whole row of repairs', cooling(24 * HOUR), 15 * 24 * HOUR],
    ['no cooldown of a person', { operator: operator(), ...cooling(24 * HOUR) }, HISTORY_MS],
    ['no further than the log', { ...byPolicy, ...cooling(9_000 * HOUR) }, 90 * 24 * HOUR],
  ])('%s', (_rule, more, expected) => {
    expect(historyNeededMs(request(more))).toBe(expected);
  });
});
