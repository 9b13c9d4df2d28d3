import type CircuitBreaker from 'opossum';
import { asEngineError, EngineRefusal } from './engine-error.js';

/** After this many calls without an answer, half of them at least, no more are made. */
const CALLS_BEFORE_OPENING = 5;
/** Then one call is tried this often; the watcher's own ping closes the circuit at once. */
const TRY_AGAIN_MS = 2_000;

type Task = () => Promise<void>;

/**
 * Keeps calls from an engine that does not answer: each would wait for its time-out, and what waits
 * behind it as well. That the engine refuses something is an answer.
 */
export class CallGuard {
  private constructor(private readonly breaker: CircuitBreaker<[Task], void>) {}

  static async create(): Promise<CallGuard> {
    const { default: Breaker } = await import('opossum');
    return new CallGuard(
      new Breaker((task: Task) => task(), {
        // every call has a time-out of its own
        timeout: false,
        volumeThreshold: CALLS_BEFORE_OPENING,
        errorThresholdPercentage: 50,
        resetTimeout: TRY_AGAIN_MS,
        enableSnapshots: false,
        rollingPercentilesEnabled: false,
        errorFilter: (error: unknown) => asEngineError(error) instanceof EngineRefusal,
      }),
    );
  }

  /** @throws EngineAway, EngineRefusal */
  async call<T>(task: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const attempt = () => task().then(resolve);
      this.breaker.fire(attempt).catch((error: unknown) => reject(asEngineError(error)));
    });
  }

  /** The engine has answered. */
  trust(): void {
    this.breaker.close();
  }

  /** Nothing of it is left to run. */
  end(): void {
    this.breaker.shutdown();
  }
}
