import {
  INGEST_LIMITS,
  LABEL_NAME,
  METRIC_NAME,
  parseTimestamp,
  type CheckAttempt,
  type Sample,
} from '@vigil/contracts';

/** Why a sample is not taken; `path` begins within the sample. */
export interface SampleProblem {
  readonly path: string;
  readonly message: string;
}

/** When samples may lie. Unix ms. */
export interface SampleWindow {
  /** For samples without a time. */
  readonly receivedAt: number;
  /** Older ones would be dropped at once. */
  readonly oldest: number;
  readonly newest: number;
}

export type ReadSample =
  | { readonly ok: true; readonly sample: Sample }
  | { readonly ok: false; readonly problem: SampleProblem };

/**
 * Reads one sample of a batch. By hand and not by a schema: it runs for every sample, and one bad
 * sample must not cost the others.
 */
export function readSample(value: unknown, window: SampleWindow): ReadSample {
  if (!isRecord(value)) return refuse('', value, 'a sample {name, value, labels?, timestamp?}');
  const { name, value: number, labels, timestamp } = value;
  if (typeof name !== 'string' || name.length > 256 || !METRIC_NAME.test(name)) {
    return refuse('name', name, 'a metric name ([a-zA-Z_:][a-zA-Z0-9_:]*, at most 256 characters)');
  }
  if (typeof number !== 'number' || !Number.isFinite(number)) {
    return refuse('value', number, 'a finite number');
  }
  const time = timestamp === undefined ? window.receivedAt : readTime(timestamp);
  if (time === undefined) return refuse('timestamp', timestamp, 'RFC 3339 or Unix milliseconds');
  if (time > window.newest) {
    return refuse(
      'timestamp',
      timestamp,
      'a time at most 10 minutes ahead of the collector’s clock',
    );
  }
  if (time < window.oldest) {
    return refuse('timestamp', timestamp, 'a time within the retention (Unix milliseconds)');
  }
  const problem = labels === undefined ? undefined : labelProblem(labels);
  if (problem !== undefined) return { ok: false, problem };
  return { ok: true, sample: { name, value: number, timestamp: time, labels: textLabels(labels) } };
}

/** The samples that one attempt of a health check stands for. */
export function samplesOfCheck(check: CheckAttempt): Sample[] {
  const labels = { resource: check.resource, replica: String(check.replica) };
  // while a replica may still be starting a failure says nothing about it
  const failed = !check.success && !check.starting;
  return [
    { name: 'health_check_failed', labels, value: failed ? 1 : 0, timestamp: check.at },
    {
      name: 'health_check_duration_seconds',
      labels,
      value: check.durationMs / 1000,
      timestamp: check.at,
    },
  ];
}

function readTime(timestamp: unknown): number | undefined {
  if (typeof timestamp !== 'string' && typeof timestamp !== 'number') return undefined;
  return parseTimestamp(timestamp);
}

function labelProblem(labels: unknown): SampleProblem | undefined {
  if (!isRecord(labels)) return problem('labels', labels, 'an object of texts');
  const entries = Object.entries(labels);
  if (entries.length > INGEST_LIMITS.labelsPerSample) {
    return problem(
      'labels',
      `${entries.length} labels`,
      `at most ${INGEST_LIMITS.labelsPerSample}`,
    );
  }
  for (const [name, value] of entries) {
    if (name.length > 128 || !LABEL_NAME.test(name) || name.startsWith('__')) {
      return problem('labels', name, 'label names ([a-zA-Z_][a-zA-Z0-9_]*, not beginning with __)');
    }
    if (typeof value !== 'string') return problem(`labels.${name}`, value, 'a text');
    if (value.length > INGEST_LIMITS.labelValueLength) {
      const length = `a text of ${value.length} characters`;
      return problem(`labels.${name}`, length, `at most ${INGEST_LIMITS.labelValueLength}`);
    }
    // neither can be stored: PostgreSQL has no NUL, and UTF-8 no half of a surrogate pair
    if (value.includes('\0') || /\p{Surrogate}/u.test(value)) {
      return problem(`labels.${name}`, value, 'a text without NUL and unpaired surrogates');
    }
  }
  return undefined;
}

/** An empty value says the same as no label, as in Prometheus: one series, not two. */
function textLabels(labels: unknown): Record<string, string> {
  const result: Record<string, string> = {};
  if (!isRecord(labels)) return result;
  for (const [name, value] of Object.entries(labels)) {
    if (typeof value === 'string' && value !== '') result[name] = value;
  }
  return result;
}

function refuse(path: string, found: unknown, expected: string): ReadSample {
  return { ok: false, problem: problem(path, found, expected) };
}

function problem(path: string, found: unknown, expected: string): SampleProblem {
  const shown = found === undefined ? 'nothing' : JSON.stringify(found).slice(0, 80);
  return { path, message: `found ${shown}, expected ${expected}` };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
