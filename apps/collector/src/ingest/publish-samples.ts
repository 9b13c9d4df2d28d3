import { Injectable } from '@nestjs/common';
import { metricPartition, MetricsIngested, type Sample } from '@vigil/contracts';
import { Bus } from '@vigil/messaging';
import { Metrics } from '@vigil/service';

/** NATS takes messages of 1 MiB; this leaves room for what the estimate does not count. */
const MAX_BYTES = 700_000;
/** JSON around the name, labels and numbers of a sample. */
const SAMPLE_OVERHEAD = 90;
const LABEL_OVERHEAD = 6;

export interface SamplesToPublish {
  readonly source: string;
  readonly batchId: string | undefined;
  readonly receivedAt: number;
  readonly samples: readonly Sample[];
}

/** Publishes samples for those who evaluate them; the store is not waited for. */
@Injectable()
export class PublishSamples {
  private readonly failures;

  constructor(
    private readonly bus: Bus,
    metrics: Metrics,
  ) {
    this.failures = metrics.counter({
      name: 'vigil_ingest_unpublished_samples_total',
      help: 'Samples that were stored but not published: evaluators read them from the store.',
    });
  }

  /** Resolves with the samples that could not be published. Never rejects: they may be stored. */
  async publish(batch: SamplesToPublish): Promise<readonly Sample[]> {
    const parts = split(batch.samples);
    const missed = await Promise.all(
      parts.map((samples, part) => this.publishPart(batch, samples, part)),
    );
    return missed.flat();
  }

  private async publishPart(
    { source, batchId, receivedAt }: SamplesToPublish,
    samples: Sample[],
    part: number,
  ): Promise<readonly Sample[]> {
    try {
      await this.bus.publish(
        MetricsIngested,
        { source, receivedAt, samples },
        {
          params: { partition: metricPartition(source) },
          trusted: true,
          ...(batchId === undefined ? {} : { messageId: `${source}:${batchId}:${part}` }),
        },
      );
      return [];
    } catch {
      this.failures.inc(samples.length);
      return samples;
    }
  }
}

/** Parts that fit into a message each. */
export function split(samples: readonly Sample[]): Sample[][] {
  const parts: Sample[][] = [];
  let part: Sample[] = [];
  let bytes = 0;
  for (const sample of samples) {
    const size = estimate(sample);
    if (part.length > 0 && bytes + size > MAX_BYTES) {
      parts.push(part);
      part = [];
      bytes = 0;
    }
    part.push(sample);
    bytes += size;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}

/** Bytes of a sample as JSON, at most: a UTF-16 unit is up to 3 bytes, or 6 when it is escaped. */
function estimate({ name, labels }: Sample): number {
  let size = SAMPLE_OVERHEAD + name.length;
  for (const label in labels) {
    size += LABEL_OVERHEAD + label.length + jsonLength(labels[label] ?? '');
  }
  return size;
}

const PLAIN = /^[ !#-[\]-~]*$/;

function jsonLength(text: string): number {
  return PLAIN.test(text) ? text.length : text.length * 6;
}
