import { alertGate } from './alert.js';
import { cooldownGate } from './cooldown.js';
import { freshnessGate } from './freshness.js';
import type { FactSource, Gate, Narrowed, Verdict } from './gate.js';
import { lockGate } from './lock.js';
import { modeGate } from './mode.js';
import { stoppedGate } from './stopped.js';
import { unknownGate } from './unknown.js';

/** Every safety gate, in the order in which an action has to pass them. */
export const GATES: readonly Gate[] = [
  unknownGate,
  stoppedGate,
  modeGate,
  lockGate,
  freshnessGate,
  alertGate,
  cooldownGate,
];

/** The first verdict that is not a pass, or a pass. Narrowed targets are told to `narrow`. */
export async function passGates(
  gates: readonly Gate[],
  source: FactSource,
  narrow: (narrowed: Narrowed) => void,
): Promise<Exclude<Verdict, Narrowed>> {
  for (const gate of gates) {
    const verdict = await gate.judge(source);
    if (verdict.kind === 'narrow') narrow(verdict);
    else if (verdict.kind !== 'pass') return verdict;
  }
  return { kind: 'pass' };
}
