import type { Hold } from '../desired/effective-service.js';

/** What repairs use while a resource is held, and until when, for people. */
export function whatIsHeld({ images = [], failedImages }: Hold): string {
  const ids = listed(images);
  if (failedImages === undefined) {
    const image = ids === '' ? '' : ` with the image that ran (${ids})`;
    return `repairs use the last good spec${image} until the spec changes or an operator asks for an update`;
  }
  return `repairs use the last good image (${ids}), not what its tag names now (${listed(failedImages)}), until the tag names another one, the spec changes or an operator asks for an update`;
}

/** Hosts that build their images have one each. */
const MOST_LISTED = 3;

function listed(images: readonly { readonly id: string }[]): string {
  const ids = [...new Set(images.map(({ id }) => short(id)))];
  const others = ids.length - MOST_LISTED;
  return others > 0 ? `${ids.slice(0, MOST_LISTED).join(', ')} and ${others} more` : ids.join(', ');
}

/** As many digits as engines print in their lists. */
function short(id: string): string {
  return id.slice(0, 'sha256:'.length + 12);
}
