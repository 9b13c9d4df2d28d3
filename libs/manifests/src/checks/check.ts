/**
 * Reports something about a manifest as a whole. `path` is the path within the document; the
 * message names what was found and what was expected.
 */
export type Accept = (
  severity: 'error' | 'warning',
  path: readonly PropertyKey[],
  message: string,
) => void;
