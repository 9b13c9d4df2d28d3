import { IngestBatch, type CheckAttempt, type IngestSample } from '@vigil/contracts';
import { gunzipSync, gzipSync } from 'node:zlib';

/** Smaller bodies are not worth the time to compress them. */
const COMPRESS_FROM_BYTES = 2 * 1024;

/** A small window and table: zlib would fetch and clear 260 KB for a body of a few. */
const COMPRESSION = { level: 1, windowBits: 13, memLevel: 6 } as const;

/** One body stays far below what the collector accepts. */
const MAX_SAMPLES = 10_000;
const MAX_CHECKS = 5_000;

/** A batch as the agent makes it; the contract says the same of all who push. */
export interface Batch {
  readonly source: string;
  readonly batchId: string;
  readonly metrics: readonly IngestSample[];
  readonly checks: readonly CheckAttempt[];
}

/** Cuts what was collected into batches of a size that is accepted. */
export function cutIntoBatches(
  source: string,
  metrics: readonly IngestSample[],
  checks: readonly CheckAttempt[],
  nextId: () => string,
): Batch[] {
  const count = Math.max(
    Math.ceil(metrics.length / MAX_SAMPLES),
    Math.ceil(checks.length / MAX_CHECKS),
  );
  return Array.from({ length: count }, (_unused, index) => ({
    source,
    batchId: nextId(),
    metrics: metrics.slice(index * MAX_SAMPLES, (index + 1) * MAX_SAMPLES),
    checks: checks.slice(index * MAX_CHECKS, (index + 1) * MAX_CHECKS),
  }));
}

/** The bytes that are sent, and kept in the spool: JSON, with gzip when it is large. */
export function encodeBatch(batch: Batch): Buffer {
  const { checks, ...rest } = batch;
  const text = JSON.stringify(checks.length === 0 ? rest : batch);
  const bytes = Buffer.from(text);
  return bytes.length < COMPRESS_FROM_BYTES ? bytes : gzipSync(bytes, COMPRESSION);
}

/** True for a body that needs `content-encoding: gzip` (its magic number, RFC 1952). */
export function isCompressed(body: Uint8Array): boolean {
  return body[0] === 0x1f && body[1] === 0x8b;
}

/** The two halves of a body, under ids that are the same at every attempt; undefined when it cannot be halved. */
export function halve(body: Buffer): [Buffer, Buffer] | undefined {
  const batch = decode(body);
  const { metrics, checks = [] } = batch;
  if (metrics.length + checks.length < 2) return undefined;
  const cutMetrics = Math.ceil(metrics.length / 2);
  // with one sample and one check, each half gets one of them
  const cutChecks =
    metrics.length % 2 === 1 ? Math.floor(checks.length / 2) : Math.ceil(checks.length / 2);
  const part = (suffix: string, from: number, to: number, checkFrom: number, checkTo: number) =>
    encodeBatch({
      source: batch.source,
      batchId: `${batch.batchId ?? ''}.${suffix}`,
      metrics: metrics.slice(from, to),
      checks: checks.slice(checkFrom, checkTo),
    });
  return [
    part('a', 0, cutMetrics, 0, cutChecks),
    part('b', cutMetrics, metrics.length, cutChecks, checks.length),
  ];
}

function decode(body: Buffer): IngestBatch {
  const text = (isCompressed(body) ? gunzipSync(body) : body).toString('utf8');
  return IngestBatch.parse(JSON.parse(text));
}
