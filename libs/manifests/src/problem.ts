/** What is wrong with a manifest, and where. The message names what was found and what was expected. */
export interface ManifestProblem {
  file: string;
  /** From 1; 0 when the problem is about the file as a whole. */
  line: number;
  column: number;
  /** JSON Pointer into the document; empty for the whole. */
  path: string;
  message: string;
}

/** The JSON Pointer (RFC 6901) of a path. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path
    .map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
