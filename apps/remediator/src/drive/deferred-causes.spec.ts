import type { LeftOut } from '../gates/gate.js';
import { driftCause, policyCause, target } from '../testing/fixtures.js';
import { deferredCauses } from './deferred-causes.js';

const waits = { code: 'backoff', message: 'waits', nextAttemptAt: 10 };
const about = (replica: number, host = 'host-a') =>
  driftCause(`${host}/${replica}`, 'missing', { host, replica });
const without = (...targets: readonly ReturnType<typeof target>[]): LeftOut[] =>
  targets.map((one) => ({ target: one, reason: waits }));

describe('what an action leaves out', () => {
  it.each([
    ['nothing, when every target is left in', [about(0), about(1)], without(), {}],
    [
      'the cause of the replica that is left out',
      [about(0), about(1)],
      without(target(1)),
      { causes: [about(0)], deferred: [{ causeKey: 'host-a/1', reason: waits }] },
    ],
    [
      'not that of the same replica elsewhere',
      [about(0), about(0, 'host-b')],
      without(target(0, { host: 'host-b' })),
      { causes: [about(0)], deferred: [{ causeKey: 'host-b/0', reason: waits }] },
    ],
    ['no cause that is about no single replica', [policyCause('p')], without(target(0)), {}],
    ['no cause that does not say what it is about', [driftCause('old')], without(target(0)), {}],
  ])('%s', (_name, causes, leftOut, expected) => {
    expect(deferredCauses({ causes }, leftOut)).toEqual(expected);
  });
});
