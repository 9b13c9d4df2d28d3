import type { Service } from '@vigil/manifests';
import type { Manifest } from './desired-state.js';

/** The manifest if it is one of a service. */
export function asService(manifest: Manifest | undefined): Service | undefined {
  return manifest?.kind === 'Service' ? manifest : undefined;
}
