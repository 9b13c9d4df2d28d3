import { setTimeout as pause } from 'node:timers/promises';

export interface EventuallyOptions {
  /** How long to go on trying, in milliseconds; default 10,000, so that a loaded machine is no failure. */
  readonly withinMs?: number;
  /** Pause between two attempts, in milliseconds; default 20. */
  readonly everyMs?: number;
}

/**
 * Repeats `attempt` until it neither throws nor returns undefined, null or false, and returns what it
 * returned. For outcomes that no event announces; where there is an event, await that.
 * @throws what the last attempt threw, or an Error with what it returned
 */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  options: EventuallyOptions = {},
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = performance.now() + (options.withinMs ?? 10_000);
  for (;;) {
    const outcome = await outcomeOf(attempt);
    if (outcome.done) return outcome.value;
    if (performance.now() >= deadline) throw outcome.failure;
    await pause(options.everyMs ?? 20);
  }
}

type Outcome<T> =
  | { readonly done: true; readonly value: Exclude<T, undefined | null | false> }
  | { readonly done: false; readonly failure: unknown };

async function outcomeOf<T>(attempt: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    const value = await attempt();
    if (isSettled(value)) return { done: true, value };
    return { done: false, failure: new Error(`still ${String(value)} at the end of the wait`) };
  } catch (failure) {
    return { done: false, failure };
  }
}

function isSettled<T>(value: T): value is Exclude<T, undefined | null | false> {
  return value !== undefined && value !== null && value !== false;
}
