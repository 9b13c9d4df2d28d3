import type { HostDescription } from '@vigil/contracts';

/**
 * Of the containers together. A message of NATS has at most 1 MiB, and names and reasons have to fit
 * beside them.
 */
const MAX_BYTES = 640 * 1024;
/** Of what is refused, and of what is left out: thousands of names. */
const MAX_LIST_BYTES = 160 * 1024;
const MAX_NAME = 255;

/** As much of a description as one message takes, by name; the rest is named. */
export function fitted({ containers, refused, omitted }: HostDescription): HostDescription {
  const left: string[] = [...omitted];
  const tooLarge: HostDescription['refused'] = [];
  let bytes = 0;
  const kept = [...containers]
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
    .filter((container) => {
      const size = Buffer.byteLength(JSON.stringify(container));
      if (size > MAX_BYTES) {
        tooLarge.push({ name: nameOf(container), why: 'there is too much to be told of it' });
        return false;
      }
      if (bytes + size > MAX_BYTES) {
        left.push(nameOf(container));
        return false;
      }
      bytes += size;
      return true;
    });
  return {
    containers: kept,
    refused: listed(
      [...refused, ...tooLarge].map(({ name, why }) => ({
        name: name.slice(0, MAX_NAME),
        why: why.slice(0, MAX_NAME),
      })),
    ),
    omitted: listed(left.sort().map((name) => name.slice(0, MAX_NAME))),
  };
}

/** The first ones of a list, as many as there is room for. */
function listed<Item>(items: readonly Item[]): Item[] {
  let bytes = 0;
  return items.filter((item) => {
    bytes += Buffer.byteLength(JSON.stringify(item)) + 1;
    return bytes <= MAX_LIST_BYTES;
  });
}

function nameOf({ config }: HostDescription['containers'][number]): string {
  return config.container.name;
}
