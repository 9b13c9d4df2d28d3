import type { SourceView } from '@vigil/contracts';

/** Where a manifest is wrong, as far as there is a place, and why. */
export function manifestError({
  file,
  line,
  column,
  path,
  message,
}: SourceView['errors'][number]): string {
  const place = [file, ...(line > 0 ? [line, column] : [])].filter((part) => part !== '').join(':');
  const where = [place, path].filter((part) => part !== '').join(' ');
  return where === '' ? message : `${where}: ${message}`;
}
