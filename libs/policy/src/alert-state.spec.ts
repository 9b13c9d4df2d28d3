import fc from 'fast-check';
import {
  endAlert,
  IllegalAlertTransition,
  INITIAL_ALERT_STATE,
  stepAlert,
  transition,
  type AlertInput,
  type AlertPhase,
  type AlertSettings,
  type AlertState,
} from './alert-state.js';

const INPUTS = {
  true: { truth: 'true', pending: false },
  pending: { truth: 'false', pending: true },
  'pending?': { truth: 'unknown', pending: true },
  false: { truth: 'false', pending: false },
  unknown: { truth: 'unknown', pending: false },
} as const satisfies Record<string, AlertInput>;

type InputName = keyof typeof INPUTS;

/** Phases after each input, one every 10 s from t = 0. */
function play(
  inputs: readonly InputName[],
  settings: AlertSettings = {},
  clears?: AlertInput['clears'],
): readonly AlertPhase[] {
  let state: AlertState | undefined;
  return inputs.map((name, index) => {
    const input = clears === undefined ? INPUTS[name] : { ...INPUTS[name], clears };
    state = stepAlert(state, input, settings, index * 10_000).next;
    return state.phase;
  });
}

describe('stepAlert', () => {
  it.each<[readonly InputName[], readonly AlertPhase[]]>([
    [
      ['false', 'true'],
      ['inactive', 'firing'],
    ],
    [
      ['pending', 'true', 'false'],
      ['pending', 'firing', 'resolved'],
    ],
    [
      ['pending', 'false'],
      ['pending', 'inactive'],
    ],
    [
      ['pending?', 'unknown', 'pending', 'true'],
      ['pending', 'unknown', 'pending', 'firing'],
    ],
    [
      ['unknown', 'false'],
      ['unknown', 'inactive'],
    ],
    [
      ['unknown', 'true'],
      ['unknown', 'firing'],
    ],
    [
      ['true', 'unknown', 'unknown'],
      ['firing', 'firing', 'firing'],
    ],
    [
      ['true', 'unknown', 'false'],
      ['firing', 'firing', 'resolved'],
    ],
    [
      ['true', 'pending'],
      ['firing', 'resolved'],
    ],
    [
      ['true', 'pending?'],
      ['firing', 'firing'],
    ],
    [
      ['true', 'false', 'false'],
      ['firing', 'resolved', 'resolved'],
    ],
    [
      ['true', 'false', 'pending', 'false'],
      ['firing', 'resolved', 'pending', 'inactive'],
    ],
    [
      ['true', 'false', 'true'],
      ['firing', 'resolved', 'firing'],
    ],
    [
      ['true', 'false', 'unknown', 'false'],
      ['firing', 'resolved', 'unknown', 'resolved'],
    ],
  ])('%j goes %j', (inputs, phases) => {
    expect(play(inputs)).toEqual(phases);
  });

  it.each<[readonly InputName[], readonly AlertPhase[]]>([
    [
      ['true', 'false', 'false', 'false'],
      ['firing', 'firing', 'firing', 'resolved'],
    ],
    [
      ['true', 'false', 'true', 'false', 'false'],
      ['firing', 'firing', 'firing', 'firing', 'firing'],
    ],
    [
      ['true', 'false', 'unknown', 'false', 'false'],
      ['firing', 'firing', 'firing', 'firing', 'firing'],
    ],
  ])('kept firing for 20 s, %j goes %j', (inputs, phases) => {
    expect(play(inputs, { keepFiringForMs: 20_000 })).toEqual(phases);
  });

  it.each<[NonNullable<AlertInput['clears']>, AlertPhase]>([
    ['true', 'resolved'],
    ['false', 'firing'],
    ['unknown', 'firing'],
  ])('with clears %s, an ended condition leaves it %s', (clears, phase) => {
    expect(play(['true', 'false'], {}, clears)).toEqual(['firing', phase]);
  });

  it('keeps the times that matter', () => {
    const fired = stepAlert(undefined, { ...INPUTS.true, since: 100 }, {}, 500);
    expect(fired).toEqual({
      next: { phase: 'firing', activeSince: 100, firedAt: 500 },
      transition: { from: 'inactive', to: 'firing', at: 500 },
    });
    const uncertain = stepAlert(fired.next, INPUTS.unknown, {}, 600);
    expect(uncertain).toEqual({ next: { ...fired.next, uncertain: true } });
    const certain = stepAlert(uncertain.next, INPUTS.true, {}, 700);
    expect(certain.next).toEqual(fired.next);
    expect(stepAlert(certain.next, INPUTS.false, {}, 800)).toEqual({
      next: { phase: 'resolved', activeSince: 100, firedAt: 500, resolvedAt: 800 },
      transition: { from: 'firing', to: 'resolved', at: 800 },
    });
  });

  it('never fires or resolves on what is unknown', () => {
    const name = fc.constantFrom<InputName>('true', 'pending', 'pending?', 'false', 'unknown');
    const clears = fc.constantFrom<AlertInput['clears']>('true', 'false', 'unknown', undefined);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, clears), { maxLength: 30 }),
        fc.integer({ min: 0, max: 40_000 }),
        (inputs, keepFiringForMs) => {
          let state: AlertState = INITIAL_ALERT_STATE;
          for (const [index, [input, clear]] of inputs.entries()) {
            const full = clear === undefined ? INPUTS[input] : { ...INPUTS[input], clears: clear };
            const { next, transition: made } = stepAlert(
              state,
              full,
              { keepFiringForMs },
              index * 10_000,
            );
            if (full.truth === 'unknown' || clear === 'unknown') {
              expect(made?.to === 'firing' && full.truth !== 'true').toBe(false);
              expect(made?.from === 'firing').toBe(false);
            }
            if (state.phase === 'firing') expect(['firing', 'resolved']).toContain(next.phase);
            if (made?.to === 'firing') expect(full.truth).toBe('true');
            state = next;
          }
        },
      ),
    );
  });

  it('survives being stored', () => {
    const { next } = stepAlert(undefined, INPUTS.pending, {}, 500);
    const restored: AlertState = { phase: next.phase, activeSince: 500 };
    expect(stepAlert(restored, INPUTS.pending, {}, 900)).toEqual({ next });
  });
});

describe('endAlert', () => {
  it('resolves what was firing, and forgets the rest', () => {
    const firing: AlertState = { phase: 'firing', activeSince: 1, firedAt: 2, uncertain: true };
    expect(endAlert(firing, 9)).toEqual({
      next: { phase: 'resolved', activeSince: 1, firedAt: 2, resolvedAt: 9 },
      transition: { from: 'firing', to: 'resolved', at: 9 },
    });
    expect(endAlert({ phase: 'pending', activeSince: 1 }, 9)).toEqual({
      next: INITIAL_ALERT_STATE,
    });
  });
});

describe('transition', () => {
  it.each<[AlertPhase, AlertPhase]>([
    ['firing', 'unknown'],
    ['firing', 'pending'],
    ['firing', 'inactive'],
    ['inactive', 'resolved'],
    ['pending', 'resolved'],
    ['resolved', 'inactive'],
  ])('refuses %s → %s', (from, to) => {
    expect(() => transition(from, to, 0)).toThrow(IllegalAlertTransition);
  });
});
