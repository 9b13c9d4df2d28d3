/** Throws outside of any handler, so that the process ends as it does for every uncaught error. */
export function crashProcess(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
