import { describe, expect, it } from '@jest/globals';
import { ACTION_TRANSITIONS, ActionState, isFinalActionState } from './action.js';

describe('action states', () => {
  it('reaches every state from requested', () => {
    const reached = new Set<ActionState>(['requested']);
    for (const state of reached) for (const next of ACTION_TRANSITIONS[state]) reached.add(next);
    expect([...reached].sort()).toEqual([...ActionState.options].sort());
  });

  it('can end from every state', () => {
    for (const state of ActionState.options) {
      const reached = new Set<ActionState>([state]);
      for (const from of reached) for (const next of ACTION_TRANSITIONS[from]) reached.add(next);
      expect([...reached].some(isFinalActionState)).toBe(true);
    }
  });
});
