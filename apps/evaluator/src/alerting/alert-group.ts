import type { AlertRecord, PolicyMemory } from '@vigil/contracts';
import type { AlertState, Labels, Truth } from '@vigil/policy';

/** One policy for one set of labels, while it is pending or firing. */
export interface AlertGroup {
  readonly key: string;
  readonly labels: Labels;
  readonly state: AlertState;
  /** What was announced when it fired. */
  readonly record: AlertRecord | undefined;
  /** What the last evaluation said; `unknown` before the first. */
  readonly truth: Truth;
}

type RememberedAlert = PolicyMemory['alerts'][number];

export function groupFromMemory(remembered: RememberedAlert): AlertGroup {
  const { group, labels, record, ...state } = remembered;
  const { activeSince, firedAt, falseSince, uncertain } = state;
  return {
    key: group,
    labels,
    state: {
      phase: state.phase,
      ...(activeSince === undefined ? {} : { activeSince }),
      ...(firedAt === undefined ? {} : { firedAt }),
      ...(falseSince === undefined ? {} : { falseSince }),
      ...(uncertain === undefined ? {} : { uncertain }),
    },
    record,
    truth: 'unknown',
  };
}

/** What is kept over a restart; undefined for what is neither pending nor firing. */
export function memoryOfGroup(group: AlertGroup): RememberedAlert | undefined {
  const { phase, activeSince, firedAt, falseSince, uncertain } = group.state;
  if (phase !== 'pending' && phase !== 'firing') return undefined;
  return {
    group: group.key,
    labels: { ...group.labels },
    phase,
    ...(activeSince === undefined ? {} : { activeSince }),
    ...(firedAt === undefined ? {} : { firedAt }),
    ...(falseSince === undefined ? {} : { falseSince }),
    ...(uncertain === undefined ? {} : { uncertain }),
    ...(group.record === undefined ? {} : { record: group.record }),
  };
}
