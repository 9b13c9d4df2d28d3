const PARENT_POLL_MS = 250;
/** A terminal and npm may both pass on one Ctrl-C: what follows so soon is the same one. */
const SAME_SIGNAL_MS = 300;

export interface Attendance {
  /** The first request to end. */
  readonly onStop: (reason: string) => void;
  /** A further one, from somebody who does not want to wait. */
  readonly onForce: () => void;
}

/**
 * Tells when the launcher should end: on SIGINT, SIGTERM or SIGHUP, and when npm or the script that
 * started it is gone (killed: it could not pass anything on).
 */
export function attend({ onStop, onForce }: Attendance): void {
  let requestedAt: number | undefined;
  const request = (reason: string): void => {
    const now = performance.now();
    if (requestedAt === undefined) {
      requestedAt = now;
      onStop(reason);
    } else if (now - requestedAt > SAME_SIGNAL_MS) {
      onForce();
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      request(signal);
    });
  }

  const stopOnce = (reason: string): void => {
    if (requestedAt === undefined) request(reason);
  };
  process.once('disconnect', () => {
    stopOnce('the end of the script that started it');
  });
  if (process.env['npm_lifecycle_event'] !== undefined) {
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) stopOnce('the end of npm');
    }, PARENT_POLL_MS).unref();
  }
}
