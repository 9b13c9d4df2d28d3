import type { Difference } from '@vigil/drift';
import { withoutOwnEffects } from './own-effects.js';

const difference = (type: Difference['type'], replica: number): Difference => ({
  id: `${type}-${replica}`,
  causeKey: 'cause',
  type,
  class: 'corrective',
  path: '/replicas',
  desired: 'running',
  observed: 'exited',
  severity: 'critical',
  score: 80,
  host: 'a',
  replica,
});

describe('withoutOwnEffects', () => {
  const down = [difference('missing', 0), difference('missing', 1), difference('config', 0)];
  const targets = [{ replica: 0, host: 'a' }];
  const nothingOpen = () => false;

  it.each(['restart', 'update'] as const)('leaves out what %s takes down', (action) => {
    const left = withoutOwnEffects(down, nothingOpen, { action, targets });
    expect(left.map(({ id }) => id)).toEqual(['missing-1', 'config-0']);
  });

  it.each([
    ['no action has the resource', nothingOpen, undefined],
    ['the action takes nothing down', nothingOpen, { action: 'start' as const, targets }],
    ['the fault was there before', () => true, { action: 'restart' as const, targets }],
    [
      'it is a replica of another host',
      nothingOpen,
      { action: 'restart' as const, targets: [{ replica: 0, host: 'b' }] },
    ],
  ])('leaves everything when %s', (_what, isOpen, busy) => {
    expect(withoutOwnEffects(down, isOpen, busy)).toEqual(down);
  });
});
