import { diff } from './diff.js';
import type { ComparisonInput, Difference, PlacedReplica, UnplacedReplica } from './drift.js';
import { place } from './placement.js';

export interface Comparison {
  readonly differences: readonly Difference[];
  /** Where the wanted replicas belong; to be passed as `placement` the next time. */
  readonly placement: readonly PlacedReplica[];
  /** Replicas that no host can take; each is a `missing` difference without a host, too. */
  readonly unplaced: readonly UnplacedReplica[];
}

/** Places the wanted replicas of a resource and finds every difference to what was observed. */
export function compareResource(input: ComparisonInput): Comparison {
  const { effective } = input;
  const { placed, unplaced } =
    effective === undefined
      ? { placed: [], unplaced: [] }
      : place({ ...input, service: effective.service });
  return { differences: diff(input, { placed, unplaced }), placement: placed, unplaced };
}
