const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const GIB = 1024 ** 3;

/** How a JetStream stream is kept. Ages in milliseconds, sizes in bytes; absent means unlimited. */
export interface StreamDefinition {
  readonly subjects: readonly string[];
  readonly retention: 'limits' | 'workqueue';
  readonly maxAgeMs?: number;
  readonly maxBytes?: number;
  readonly maxMessagesPerSubject?: number;
  /** Messages with an id that was seen this recently are dropped as repetitions. */
  readonly duplicateWindowMs: number;
  /** Lets a reader fetch the last message of a subject directly. */
  readonly allowDirect?: boolean;
}

/** Every stream of Vigil. Sizes and ages are those of DESIGN, section 4. */
export const STREAMS = {
  METRICS: {
    subjects: ['vigil.metrics.>'],
    retention: 'limits',
    maxAgeMs: HOUR,
    maxBytes: GIB,
    duplicateWindowMs: 2 * MINUTE,
  },
  STATE: {
    subjects: ['vigil.state.>'],
    retention: 'limits',
    maxMessagesPerSubject: 1,
    maxBytes: GIB,
    duplicateWindowMs: 2 * MINUTE,
    allowDirect: true,
  },
  EVENTS: {
    subjects: [
      'vigil.manifests.>',
      'vigil.drift.>',
      'vigil.alerts.>',
      'vigil.decisions.>',
      'vigil.resources.>',
    ],
    retention: 'limits',
    maxAgeMs: 7 * DAY,
    maxBytes: GIB,
    duplicateWindowMs: 10 * MINUTE,
  },
  ACTIONS: {
    subjects: ['vigil.actions.requested', 'vigil.actions.decided'],
    retention: 'workqueue',
    duplicateWindowMs: HOUR,
  },
  ACTION_LOG: {
    subjects: ['vigil.actions.log.*'],
    retention: 'limits',
    maxAgeMs: 90 * DAY,
    duplicateWindowMs: 2 * MINUTE,
    allowDirect: true,
  },
  EVALUATIONS: {
    subjects: ['vigil.evaluations.>'],
    retention: 'workqueue',
    maxAgeMs: 5 * MINUTE,
    duplicateWindowMs: 2 * MINUTE,
  },
  /** What a consumer gave up on, kept for a person to look at; counted in `/health` and metrics. */
  DEAD_LETTERS: {
    subjects: ['vigil.dead.>'],
    retention: 'limits',
    maxAgeMs: 30 * DAY,
    maxBytes: GIB,
    duplicateWindowMs: 2 * MINUTE,
  },
} as const satisfies Record<string, StreamDefinition>;

export type StreamName = keyof typeof STREAMS;
