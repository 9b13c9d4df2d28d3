export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Values for programs, beside the sentence for people. Never secrets. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where the agent writes what happened: never per sample or per attempt. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  /** `error` is kept with its stack and causes. */
  error(message: string, error?: unknown, fields?: LogFields): void;
  /** The same log, with the name of the part that writes. */
  child(component: string): Log;
}

/** Keeps nothing: for tests that do not look at the log. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
};
