import type { Log } from '../logging/log.js';

/** An orderly stop that takes longer is cut off, milliseconds; supervisors kill after 10 s. */
const STOP_DEADLINE_MS = 9_000;

/** SIGTERM and SIGINT stop the service once, in order, and exit 0; a second signal exits at once. */
export function stopOnSignals(log: Log, stop: () => Promise<void>): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info(`stopping on ${signal}`);
    const deadline = setTimeout(() => {
      log.warn('what was running did not end in time', { deadlineMs: STOP_DEADLINE_MS });
      process.exit(0);
    }, STOP_DEADLINE_MS);
    stop()
      .then(() => {
        log.info('stopped');
        process.exitCode = 0;
      })
      .catch((error: unknown) => {
        log.error('failed to stop in order', error);
        process.exitCode = 1;
      })
      .finally(() => {
        clearTimeout(deadline);
        process.exit();
      });
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

/** A process in an unknown state ends: its supervisor starts a fresh one, its messages are redelivered. */
export function exitOnFatalErrors(log: Log): void {
  const fatal = (what: string) => (error: unknown) => {
    log.error(what, error);
    process.exit(1);
  };
  process.on('uncaughtException', fatal('uncaught error'));
  process.on('unhandledRejection', fatal('unhandled rejection'));
}

/** Whoever reads our output may go away, for example a launcher that crashed: the service goes on. */
export function surviveBrokenOutput(): void {
  for (const output of [process.stdout, process.stderr]) {
    output.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}
