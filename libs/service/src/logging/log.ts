export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** Values for programs, beside the sentence for people. Never secrets. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where a service writes what happened. Inject it; do not log per sample or per message. */
export abstract class Log {
  abstract debug(message: string, fields?: LogFields): void;
  abstract info(message: string, fields?: LogFields): void;
  abstract warn(message: string, fields?: LogFields): void;
  /** `error` is kept with its stack and causes. */
  abstract error(message: string, error?: unknown, fields?: LogFields): void;
  /** The same log, with the name of the part that writes. */
  abstract child(component: string): Log;
}

/** Keeps nothing: for tests that do not look at the log. */
export class SilentLog extends Log {
  debug(): void {}
  info(): void {}
  warn(): void {}
  error(): void {}
  child(): Log {
    return this;
  }
}
