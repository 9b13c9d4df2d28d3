import { DesiredStateBucket, desiredStateKey } from '@vigil/contracts';
import type { Buckets, KvChange, OrderedSubscription } from '@vigil/messaging';
import { NO_CHANGE, type DesiredChange } from './desired-change.js';
import type { DesiredState } from './desired-state.js';

type Change = KvChange<typeof DesiredStateBucket.values>;

export interface DesiredStateListener {
  readonly onChange: (change: DesiredChange) => void;
  readonly onLoaded: () => void;
}

/** Feeds the desired state from its bucket. */
export function watchDesiredState(
  buckets: Buckets,
  state: DesiredState,
  { onChange, onLoaded }: DesiredStateListener,
): OrderedSubscription {
  return buckets.open(DesiredStateBucket).watch({
    onChange: (change) => {
      const effect = apply(change, state);
      if (effect.resources.size > 0 || effect.policies) onChange(effect);
    },
    onReady: onLoaded,
    onReset: () => {
      onChange(state.distrust());
    },
    whole: {
      mark: desiredStateKey.overridesRestored(),
      onChange: (isWhole) => {
        onChange(state.setOverridesKnown(isWhole));
      },
    },
  });
}

function apply(change: Change, state: DesiredState): DesiredChange {
  if (change.kind === 'delete') return remove(change.prefix, change.key, state);
  switch (change.prefix) {
    case 'spec':
      return state.putManifest(change.key.slice('spec.'.length), change.value);
    case 'index':
      return state.putIndex(change.key, change.value.entries);
    case 'pointer':
      return state.putPointer(change.value);
    case 'override':
      return state.putOverride(change.value);
    case 'restored':
      return NO_CHANGE;
  }
}

function remove(prefix: Change['prefix'], key: string, state: DesiredState): DesiredChange {
  switch (prefix) {
    case 'spec':
      return state.removeManifest(key.slice('spec.'.length));
    case 'index':
      return state.removeIndex(key);
    case 'pointer':
      return state.removePointer(key);
    case 'override':
      return state.removeOverride(key);
    case 'restored':
      return NO_CHANGE;
  }
}
