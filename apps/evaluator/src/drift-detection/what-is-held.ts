import type { Hold } from '../desired/effective-service.js';

/** What repairs use while a resource is held, and until when, for people. */
export function whatIsHeld({ images = [], failedImages }: Hold): string {
  const ids = images.map(({ id }) => short(id)).join(', ');
  if (failedImages === undefined) {
    const image = ids === '' ? '' : ` with the image that ran (${ids})`;
    return `repairs use the last good spec${image} until the spec changes or an operator asks for an update`;
  }
  const failed = [...new Set(failedImages.map(({ id }) => short(id)))].join(', ');
  return `repairs use the last good image (${ids}), not what its tag names now (${failed}), until the tag names another one, the spec changes or an operator asks for an update`;
}

/** As many digits as engines print in their lists. */
function short(id: string): string {
  return id.slice(0, 'sha256:'.length + 12);
}
