import type { ActionReason, ActionState } from '@vigil/contracts';
import { ActionHistory } from '../action-history/action-history.js';
import { actionLog, actionRequest, driftCause } from '../testing/action-log.js';
import { digestOf, id, T0 } from '../testing/fixtures.js';
import { availabilityOf, type Availability, type Circumstances } from './availability.js';
import type { Wish } from './wish.js';

const web = id('default/web');
const digest = digestOf('web');

const wish: Wish = {
  kind: 'wish',
  action: 'start',
  cause: driftCause('k'),
  correlationId: 'c',
  mode: 'auto',
  targets: [{ replica: 0, host: 'h' }],
  broad: false,
};

const policyWish: Wish = {
  ...wish,
  cause: { kind: 'policy', key: 'k', alertId: 'a', policy: 'default/Policy/p', severity: 'info' },
};

const circumstances = (change: Partial<Circumstances> = {}): Circumstances => ({
  now: T0,
  desiredDigest: digest,
  controlsChangedAt: 0,
  seenAt: () => T0,
  connectedAt: () => 0,
  showsLastEffect: () => true,
  cooldownMs: 300_000,
  system: { mode: 'auto', since: 0 },
  ...change,
});

interface Options {
  readonly ago?: number;
  readonly reason?: ActionReason;
  readonly effectAt?: number;
  readonly wish?: Wish;
  readonly circumstances?: Partial<Circumstances>;
}

/** What becomes of the wish at T0 after attempts that ended, the last one at T0 − `ago`. */
function availabilityAfter(ends: readonly ActionState[], options: Options = {}): Availability {
  const history = new ActionHistory();
  ends.forEach((state, index) => {
    const isLast = index === ends.length - 1;
    const at = T0 - (options.ago ?? 1) - (ends.length - 1 - index) * 1_000;
    const request = actionRequest(`a${index}`, ['k'], {
      attempt: index + 1,
      desiredDigest: digest,
    });
    const { reason, effectAt } = options;
    const log = actionLog(request, state, at, {
      ...(isLast && reason !== undefined ? { reason } : {}),
      ...(isLast && effectAt !== undefined ? { effectAt } : {}),
    });
    for (const entry of log) history.apply(entry);
  });
  return availabilityOf(
    options.wish ?? wish,
    history.attempts(web, 'k'),
    circumstances(options.circumstances),
  );
}

function after(...args: Parameters<typeof availabilityAfter>): string {
  const result = availabilityAfter(...args);
  if (result.free) return 'free';
  return result.nextAttemptAt === undefined
    ? result.code
    : `${result.code} +${result.nextAttemptAt - T0}`;
}

const reason = (change: Partial<ActionReason> = {}): ActionReason => ({
  code: 'x',
  message: 'because',
  ...change,
});

describe('whether a cause may be acted on', () => {
  it('is free before the first attempt', () => {
    expect(after([])).toBe('free');
  });

  it.each([
    [['failed'], 'free'],
    [['failed', 'failed'], 'backoff +9999'],
    [['failed', 'failed', 'failed'], 'backoff +19999'],
    [Array<ActionState>(4).fill('failed'), 'backoff +39999'],
    [Array<ActionState>(40).fill('failed'), 'backoff +299999'],
  ] as const)('paces itself after %j: %s', (ends, expected) => {
    expect(after(ends)).toBe(expected);
  });

  it('says of what it waits after why the last attempt failed', () => {
    const noImage = { reason: reason({ message: 'there is no such image' }) };
    expect(availabilityAfter(['failed', 'failed'], noImage)).toMatchObject({
      message: 'tried 2 times without effect: there is no such image',
    });
    expect(availabilityAfter(['failed', 'succeeded'], { effectAt: T0 - 1 })).toMatchObject({
      message: 'tried 2 times without lasting effect',
    });
  });

  it('leaves the pace of policies to the cooldown', () => {
    expect(after(['failed', 'failed', 'failed'], { wish: policyWish })).toBe('free');
  });

  it('waits until the log says', () => {
    const until = reason({ nextAttemptAt: T0 + 5_000 });
    expect(after(['suppressed'], { reason: until })).toBe('backoff +5000');
    expect(after(['failed'], { reason: until })).toBe('backoff +5000');
    const past = reason({ nextAttemptAt: T0 });
    expect(after(['suppressed'], { reason: past })).toBe('free');
  });

  it('waits for nothing when the manifest was changed since, except with a policy', () => {
    const mended = { circumstances: { desiredDigest: digestOf('mended') } };
    const until = reason({ code: 'backoff', gate: 'cooldown', nextAttemptAt: T0 + 5_000 });
    expect(after(['failed', 'suppressed'], { reason: until, ...mended })).toBe('free');
    expect(after(['failed', 'failed', 'failed'], mended)).toBe('free');
    const policy = { reason: until, wish: policyWish, ...mended };
    expect(after(['suppressed'], policy)).toBe('backoff +5000');
  });

  it.each([
    ['nothing more was heard of it', 0, 'unreachable +5000'],
    ['it had come back before the attempt', T0 - 3_000, 'unreachable +5000'],
    ['it came back as the attempt was given up', T0 - 2_500, 'free'],
    ['it came back since', T0 - 1, 'free'],
  ])('tries again at once when an agent that did not answer is back: %s', (_what, at, expected) => {
    const away = reason({ code: 'unreachable', nextAttemptAt: T0 + 5_000 });
    const heard = { circumstances: { connectedAt: () => at } };
    expect(after(['suppressed'], { ago: 2_000, reason: away, ...heard })).toBe(expected);
  });

  it('asks again at once for what the remediator found too old to be carried out', () => {
    const stale = reason({ code: 'stale', nextAttemptAt: T0 - 1 });
    expect(after(['suppressed'], { reason: stale })).toBe('free');
    // however often: it is about the request, and says nothing of the fault
    expect(after(Array<ActionState>(5).fill('suppressed'), { reason: stale })).toBe('free');
    expect(after(['suppressed'], { reason: stale, wish: policyWish })).toBe('free');
    // by the remediator's clock, which may be ahead
    const ahead = reason({ code: 'stale', nextAttemptAt: T0 + 20 });
    expect(after(['suppressed'], { reason: ahead })).toBe('backoff +20');
  });

  it('acts on nothing that was seen before the last effect', () => {
    const notYet = { showsLastEffect: () => false };
    expect(after([], { circumstances: notYet })).toBe('awaiting-observation');
    expect(after(['succeeded'], { effectAt: 5, circumstances: notYet })).toBe(
      'awaiting-observation',
    );
  });

  it('waits for the host’s next word after a success whose effect is not known', () => {
    expect(after(['succeeded'], { circumstances: { seenAt: () => T0 - 1 } })).toBe(
      'awaiting-observation',
    );
    expect(after(['succeeded'])).toBe('free');
    expect(after(['succeeded'], { effectAt: 5, circumstances: { seenAt: () => 0 } })).toBe('free');
  });

  it('waits for the host’s next word after it said that all is well', () => {
    const healed = { reason: reason({ code: 'healed-by-itself', gate: 'freshness' }) };
    expect(after(['suppressed'], { ...healed, circumstances: { seenAt: () => T0 - 1 } })).toBe(
      'awaiting-observation',
    );
    expect(after(['suppressed'], healed)).toBe('free');
  });

  describe.each(['suppressed', 'rejected', 'expired', 'cancelled', 'rolled_back'] as const)(
    'after %s without a time',
    (state) => {
      it('waits until something changes', () => {
        expect(after([state], { ago: 86_400_000 })).toBe(state);
      });

      it.each([
        ['the spec', { circumstances: { desiredDigest: digestOf('other') } }],
        ['the mode', { wish: { ...wish, mode: 'approve' as const } }],
        ['a switch', { circumstances: { controlsChangedAt: T0 } }],
      ])('is free when %s changed', (_name, options) => {
        expect(after([state], options)).toBe('free');
      });
    },
  );

  it.each([
    ['auto', T0, 'free'],
    ['approve', T0, 'free'],
    ['observe', T0, 'suppressed'],
    ['off', T0, 'suppressed'],
    // in this run: the remediator has another mode than this process, and goes on refusing
    ['auto', T0 - 10, 'suppressed'],
  ] as const)('after a stop by mode, started with %s: %s', (mode, since, expected) => {
    const system = { mode, since };
    const byMode = reason({ gate: 'mode', code: 'mode-observe' });
    expect(after(['suppressed'], { reason: byMode, circumstances: { system } })).toBe(expected);
  });
});
