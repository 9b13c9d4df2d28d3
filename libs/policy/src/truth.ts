/** What a condition says. `unknown`: data is missing or stale; it never acts and never resolves. */
export type Truth = 'true' | 'false' | 'unknown';

/**
 * Kleene's three values as numbers, false < unknown < true: `and` is the minimum, `or` the maximum,
 * `not` 2 − x. Used inside evaluation, where it is fast; {@link Truth} is what callers see.
 */
export type Trit = 0 | 1 | 2;

export const FALSE: Trit = 0;
export const UNKNOWN: Trit = 1;
export const TRUE: Trit = 2;

export function kleeneAnd(a: Trit, b: Trit): Trit {
  return a < b ? a : b;
}

export function kleeneOr(a: Trit, b: Trit): Trit {
  return a > b ? a : b;
}

export function kleeneNot(a: Trit): Trit {
  return a === TRUE ? FALSE : a === FALSE ? TRUE : UNKNOWN;
}

export function tritOf(value: boolean): Trit {
  return value ? TRUE : FALSE;
}

export function truthOf(trit: Trit): Truth {
  return trit === TRUE ? 'true' : trit === FALSE ? 'false' : 'unknown';
}
