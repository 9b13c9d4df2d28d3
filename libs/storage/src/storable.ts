/** What PostgreSQL's `text` and `jsonb` refuse: NUL, and surrogates that are no pair. */
const REFUSED = /\0|\p{Surrogate}/gu;

/**
 * A copy in which every string can be stored: what people and processes write may contain anything,
 * and must not keep a row from being written. What cannot be stored becomes U+FFFD. Keys are kept.
 */
export function storable<Row extends object>(row: Row): Row {
  const copy = structuredClone(row);
  scrub(copy);
  return copy;
}

function scrub(node: object): void {
  for (const key of Object.keys(node)) {
    const value: unknown = Reflect.get(node, key);
    if (typeof value === 'string') Reflect.set(node, key, value.replace(REFUSED, '\uFFFD'));
    else if (typeof value === 'object' && value !== null) scrub(value);
  }
}
