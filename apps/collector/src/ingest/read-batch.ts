import {
  HostName,
  INGEST_LIMITS,
  IngestBatch,
  type IngestAccepted,
  type Sample,
  type StateSnapshot,
} from '@vigil/contracts';
import { HttpProblem, parseInput } from '@vigil/service';
import { z } from 'zod';
import { NdjsonBody } from './decode-body.js';
import { readSample, samplesOfCheck, type SampleWindow } from './read-sample.js';

type Rejected = IngestAccepted['rejected'];

/** What one source sent, with the good samples and the reasons against the bad ones. */
export interface ReceivedBatch {
  readonly source: string;
  readonly batchId: string | undefined;
  readonly samples: readonly Sample[];
  readonly state: StateSnapshot | undefined;
  /** Of `samples`, those that came as samples and not as check results. */
  readonly accepted: number;
  readonly rejected: Rejected;
}

const Envelope = IngestBatch.extend({ metrics: z.array(z.unknown()).default([]) });

/**
 * Reads the body of `POST /ingest`.
 * @throws HttpProblem 400 when it is no batch at all, 413 when it has too many samples: in parts it is
 * taken; bad samples of a batch are only named
 */
export function readBatches(body: unknown, window: SampleWindow): ReceivedBatch[] {
  if (body instanceof NdjsonBody) return readLines(body.text, window);
  return [
    readBatch(body, window, { index: (index) => index, where: (index) => `metrics[${index}]` }),
  ];
}

/** How a sample of a batch is named in answers. */
interface Naming {
  readonly index: (index: number) => number;
  readonly where: (index: number) => string;
}

function readBatch(body: unknown, window: SampleWindow, naming: Naming): ReceivedBatch {
  const envelope = parseInput(Envelope, body ?? {}, '');
  if (envelope.metrics.length > INGEST_LIMITS.metrics) {
    throw new HttpProblem(413, {
      detail: `found ${envelope.metrics.length} samples, expected at most ${INGEST_LIMITS.metrics}`,
    });
  }
  const samples: Sample[] = [];
  const rejected: Rejected = [];
  envelope.metrics.forEach((value, index) => {
    const read = readSample(value, window);
    if (read.ok) {
      samples.push(read.sample);
      return;
    }
    const { path, message } = read.problem;
    const where = naming.where(index);
    rejected.push({
      index: naming.index(index),
      path: path === '' ? where : `${where}.${path}`,
      message,
    });
  });
  const accepted = samples.length;
  const timely = (envelope.checks ?? []).filter(({ at }, index) => {
    const isTimely = at >= window.oldest && at <= window.newest;
    const message = `found ${at}, expected a time within the retention and not in the future`;
    if (!isTimely) rejected.push({ index, path: `checks[${index}].at`, message });
    return isTimely;
  });
  const { source, batchId, state } = envelope;
  return {
    source,
    batchId,
    state,
    samples: [...samples, ...timely.flatMap(samplesOfCheck)],
    accepted,
    rejected,
  };
}

/** The lines of one source, until they are read as one batch. */
interface Lines {
  readonly source: string;
  readonly batchId: string | undefined;
  readonly metrics: unknown[];
  readonly numbers: number[];
}

const Header = z.object({
  source: HostName,
  batchId: IngestBatch.shape.batchId,
});

/**
 * NDJSON: a line is a sample with its `source`, a whole batch (it has `metrics`, `state` or
 * `checks`), or a header (`source` and `batchId` alone) for the samples without `source` after it.
 */
function readLines(text: string, window: SampleWindow): ReceivedBatch[] {
  const batches: ReceivedBatch[] = [];
  const rejected: Rejected = [];
  const groups = new Map<string, Lines>();
  let header: z.infer<typeof Header> | undefined;
  const lines = text.split('\n');
  if (lines.length > INGEST_LIMITS.metrics + 1) {
    throw new HttpProblem(413, { detail: `expected at most ${INGEST_LIMITS.metrics} lines` });
  }
  lines.forEach((line, index) => {
    if (line.trim() === '') return;
    const value = parseLine(line);
    const refuse = (path: string, message: string) =>
      rejected.push({ index, path: `line ${index + 1}${path}`, message });
    if (value === undefined) {
      refuse('', 'expected one JSON object');
      return;
    }
    if ('metrics' in value || 'state' in value || 'checks' in value) {
      batches.push(
        readBatch(value, window, {
          index: () => index,
          where: (at) => `line ${index + 1}.metrics[${at}]`,
        }),
      );
      return;
    }
    const parsed = Header.safeParse({ ...header, ...value });
    if (!parsed.success) {
      refuse('.source', 'expected the host or program that the sample comes from');
      return;
    }
    if (!('name' in value)) header = parsed.data;
    else groupOf(groups, parsed.data, value, index);
  });
  for (const group of groups.values()) {
    batches.push(
      readBatch(group, window, {
        index: (at) => group.numbers[at] ?? at,
        where: (at) => `line ${(group.numbers[at] ?? at) + 1}`,
      }),
    );
  }
  const [first] = batches;
  if (first === undefined) {
    if (rejected.length === 0) throw new HttpProblem(400, { detail: 'the body has no lines' });
    return [
      { source: '', batchId: undefined, state: undefined, samples: [], accepted: 0, rejected },
    ];
  }
  return [{ ...first, rejected: [...rejected, ...first.rejected] }, ...batches.slice(1)];
}

function groupOf(
  groups: Map<string, Lines>,
  { source, batchId }: z.infer<typeof Header>,
  sample: Record<string, unknown>,
  index: number,
): void {
  const key = `${source}\0${batchId ?? ''}`;
  const group = groups.get(key) ?? { source, batchId, metrics: [], numbers: [] };
  groups.set(key, group);
  group.metrics.push(sample);
  group.numbers.push(index);
}

function parseLine(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return { ...value };
  } catch {
    return undefined;
  }
}
