import type { ActionRequest } from '@vigil/contracts';
import { facts, sees, sourceOf } from '../testing/facts.js';
import { HOST, observation, service } from '../testing/fixtures.js';
import type { GateFacts } from './gate.js';
import { GATES, passGates } from './gates.js';

function judge(wanted: Partial<ActionRequest>, more: Partial<GateFacts> = {}) {
  const adoption = { action: 'adopt' as const, service: service({ adopt: ['web-1'] }), ...wanted };
  const nothing = { live: new Map([[HOST, sees()]]) };
  return passGates(GATES, sourceOf(facts(adoption, { ...nothing, ...more })), () => undefined);
}

describe('taking over what runs', () => {
  it.each(['observe', 'approve', 'auto'] as const)('passes in mode %s', async (mode) => {
    expect(await judge({ mode })).toEqual({ kind: 'pass' });
    expect(await judge({}, { systemMode: mode })).toEqual({ kind: 'pass' });
  });

  it('is not done in mode off', async () => {
    expect(await judge({ mode: 'off' })).toMatchObject({ reason: { code: 'mode-off' } });
  });

  it('is not done again', async () => {
    const live = new Map([[HOST, sees(observation())]]);
    expect(await judge({ mode: 'observe' }, { live })).toMatchObject({
      reason: { gate: 'freshness', code: 'healed-by-itself' },
    });
  });
});
