import { controlKey, ControlsBucket, decodeToken, type Control } from '@vigil/contracts';
import { parseResourceId, type ResourceId } from '@vigil/manifests';
import type { Buckets, KvChange, OrderedSubscription } from '@vigil/messaging';
import type { Controls } from './controls.js';

type SwitchChange = Exclude<
  KvChange<typeof ControlsBucket.values>,
  { readonly prefix: 'restored' }
>;

export interface ControlsListener {
  /** Without a resource: any resource may be concerned. */
  readonly onChange: (resource: ResourceId | undefined) => void;
  readonly onLoaded: () => void;
}

/**
 * Feeds the switches from their bucket. When the bucket loses its data they keep their last position
 * (losing it must not lift stop-the-world), and are unknown until the collector has put everything
 * back: there may have been others.
 */
export function watchControls(
  buckets: Buckets,
  controls: Controls,
  { onChange, onLoaded }: ControlsListener,
): OrderedSubscription {
  return buckets.open(ControlsBucket).watch({
    onChange: (change) => {
      if (change.prefix !== 'restored') onChange(apply(change, controls));
    },
    onReady: onLoaded,
    whole: {
      mark: controlKey.restored(),
      onChange: (isWhole) => {
        controls.setKnown(isWhole);
        onChange(undefined);
      },
    },
  });
}

function apply(change: SwitchChange, controls: Controls): ResourceId | undefined {
  const control: Control | undefined = change.kind === 'put' ? change.value : undefined;
  const name = decodeToken(change.key.slice(change.prefix.length + 1)) ?? '';
  switch (change.prefix) {
    case 'stop':
      controls.setStop(control);
      return undefined;
    case 'source':
      controls.setSource(name, control);
      return undefined;
    case 'resource': {
      const resource = parseResourceId(name);
      if (resource !== undefined) controls.setResource(resource, control);
      return resource;
    }
  }
}
