import type { ReplicaObservation } from '@vigil/contracts';
import { replica, service, T0 } from '../testing/fixtures.js';
import { leftToRuntimeUntil } from './left-to-runtime.js';

/** The host's clock is an hour ahead of ours. */
const AHEAD = 3_600_000;
const web = service('web');
const clocks = (now: number) => ({
  effective: { service: web },
  now,
  seenAt: () => T0,
  observedAt: () => T0 + AHEAD,
});
const seen = (change: Partial<ReplicaObservation>) => ({
  host: 'h',
  replica: replica(web, 0, {
    state: 'exited',
    exitedAt: T0 + AHEAD - 5_000,
    restarting: true,
    ...change,
  }),
});

describe('a replica that has ended', () => {
  it.each<[string, Partial<ReplicaObservation>, number, number | undefined]>([
    ['is left to its runtime, by its own clock', {}, T0, T0 + 60_000],
    ['until that is known not to do it', {}, T0 + 60_000, undefined],
    ['from when it ended, not before', { exitedAt: T0 + AHEAD + 99 }, T0, T0 + 65_000],
    ['not when its runtime lets it lie', { restarting: undefined }, T0, undefined],
    ['not when nobody knows since when', { exitedAt: undefined }, T0, undefined],
  ])('%s', (_name, change, now, expected) => {
    expect(leftToRuntimeUntil(seen(change), clocks(now))).toBe(expected);
  });

  it('is not when it would be started by another manifest', () => {
    const effective = { service: service('web', { command: ['other'] }) };
    expect(leftToRuntimeUntil(seen({}), { ...clocks(T0), effective })).toBeUndefined();
    expect(leftToRuntimeUntil(seen({}), { ...clocks(T0), effective: undefined })).toBeUndefined();
  });
});
