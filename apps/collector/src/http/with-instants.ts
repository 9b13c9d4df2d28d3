import { instant } from './instant.js';

/** Names under which messages carry Unix milliseconds. */
const TIME_NAME = /^(at|timestamp|[a-z]+([A-Z][a-z]+)*(At|Since|Until))$/;
/** Entries are a few levels deep; a deeper one is shown as it is. */
const MAX_DEPTH = 12;

/** A copy of a stored message in which times are RFC 3339, as everywhere over HTTP. */
export function withInstants(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value;
  if (Array.isArray(value)) return value.map((each: unknown) => withInstants(each, depth + 1));
  const result: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    const isTime = TIME_NAME.test(name) && typeof inner === 'number' && Number.isInteger(inner);
    result[name] = isTime ? instant(inner) : withInstants(inner, depth + 1);
  }
  return result;
}
