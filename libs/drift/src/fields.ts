import type { Json } from './drift.js';

/** Fields of a spec in one form: JSON Pointer → value. */
export type Fields = ReadonlyMap<string, Json>;

/** A name as a segment of a JSON Pointer (RFC 6901). */
export function segment(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** `/srv/` and `/srv` are one directory. */
export function directory(path: string): string {
  return path.replace(/(?<=.)\/+$/, '');
}
