import type { StreamDefinition } from '@vigil/contracts';

/** The settings of a stream that Vigil decides, as the server knows them. */
export interface DesiredStream {
  readonly name: string;
  readonly subjects: string[];
  readonly retention: 'limits' | 'workqueue';
  readonly discard: 'old' | 'new';
  /** Nanoseconds; 0: for ever. */
  readonly max_age: number;
  /** −1: unlimited. */
  readonly max_bytes: number;
  readonly max_msgs_per_subject: number;
  /** Nanoseconds. */
  readonly duplicate_window: number;
  readonly allow_direct: boolean;
  readonly allow_rollup_hdrs: boolean;
}

const NANOS_PER_MS = 1_000_000;
/** The server's own default. */
const DUPLICATE_WINDOW_MS = 120_000;

export function streamConfig(name: string, definition: StreamDefinition): DesiredStream {
  return {
    name,
    subjects: [...definition.subjects],
    retention: definition.retention,
    discard: 'old',
    max_age: (definition.maxAgeMs ?? 0) * NANOS_PER_MS,
    max_bytes: definition.maxBytes ?? -1,
    max_msgs_per_subject: definition.maxMessagesPerSubject ?? -1,
    duplicate_window: definition.duplicateWindowMs * NANOS_PER_MS,
    allow_direct: definition.allowDirect ?? false,
    allow_rollup_hdrs: false,
  };
}

/** The stream behind a key-value bucket, as ADR-8 of NATS lays it out. */
export function bucketConfig(definition: {
  readonly bucket: string;
  readonly ttlMs?: number;
}): DesiredStream {
  const ttlMs = definition.ttlMs ?? 0;
  const windowMs = ttlMs === 0 ? DUPLICATE_WINDOW_MS : Math.min(ttlMs, DUPLICATE_WINDOW_MS);
  return {
    name: bucketStream(definition.bucket),
    subjects: [`$KV.${definition.bucket}.>`],
    retention: 'limits',
    discard: 'new',
    max_age: ttlMs * NANOS_PER_MS,
    max_bytes: -1,
    max_msgs_per_subject: 1,
    duplicate_window: windowMs * NANOS_PER_MS,
    allow_direct: true,
    allow_rollup_hdrs: true,
  };
}

export function bucketStream(bucket: string): string {
  return `KV_${bucket}`;
}

/** True when the server's stream already is what Vigil wants. */
export function sameStream(
  desired: DesiredStream,
  actual: Readonly<Record<string, unknown>>,
): boolean {
  return Object.entries(desired).every(([name, value]) =>
    Array.isArray(value)
      ? JSON.stringify(value) === JSON.stringify(actual[name])
      : value === (actual[name] ?? (typeof value === 'boolean' ? false : undefined)),
  );
}
