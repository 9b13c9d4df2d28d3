import { Injectable } from '@nestjs/common';
import { maySpeakFor, type Principal } from '@vigil/auth';
import type { IngestAccepted, Sample } from '@vigil/contracts';
import { Clock, Metrics } from '@vigil/service';
import { SampleStore } from '@vigil/storage';
import { AgentPresence } from '../fleet/agent-presence.js';
import { HostLabels } from '../fleet/host-labels.js';
import { MissedSamples } from './missed-samples.js';
import { PublishSamples } from './publish-samples.js';
import { PublishState } from './publish-state.js';
import type { ReceivedBatch } from './read-batch.js';

export type IngestOutcome =
  | { readonly outcome: 'accepted'; readonly answer: IngestAccepted }
  /** The key may not speak for this source. */
  | { readonly outcome: 'foreign-source'; readonly source: string }
  /** Only an agent tells the state of its host; an admin may for tests and repairs. */
  | { readonly outcome: 'foreign-state'; readonly source: string };

/** Where what was received goes, beside the store. */
@Injectable()
export class Publishing {
  constructor(
    readonly state: PublishState,
    readonly samples: PublishSamples,
    readonly missed: MissedSamples,
    readonly presence: AgentPresence,
  ) {}
}

/** Takes what sources sent: publishes it at once, and answers when it is committed. */
@Injectable()
export class IngestBatches {
  private readonly accepted;
  private readonly rejected;

  constructor(
    private readonly labels: HostLabels,
    private readonly publishing: Publishing,
    private readonly store: SampleStore,
    private readonly clock: Clock,
    metrics: Metrics,
  ) {
    this.accepted = metrics.counter({
      name: 'vigil_ingest_samples_total',
      help: 'Samples that were accepted and committed.',
    });
    this.rejected = metrics.counter({
      name: 'vigil_ingest_rejected_samples_total',
      help: 'Samples that were refused as wrong.',
    });
  }

  /**
   * @throws StorageUnavailable, QueueFull: not committed (but published, so that repairs go on);
   *   NatsUnavailable, PublishTimeout: a state was not published
   */
  async ingest(batches: readonly ReceivedBatch[], caller: Principal): Promise<IngestOutcome> {
    const refusal = refusalOf(batches, caller);
    if (refusal !== undefined) return refusal;
    if (caller.host !== undefined) this.publishing.presence.seen(caller.host);
    await settleAll(batches.map((batch) => this.ingestOne(batch)));
    const accepted = batches.reduce((sum, batch) => sum + batch.accepted, 0);
    const rejected = batches.flatMap((batch) => batch.rejected);
    this.accepted.inc(accepted);
    this.rejected.inc(rejected.length);
    return { outcome: 'accepted', answer: { accepted, rejected } };
  }

  private async ingestOne(batch: ReceivedBatch): Promise<void> {
    const { source, batchId, state } = batch;
    const receivedAt = this.clock.now();
    const samples = this.enriched(batch);
    // the state first: repairs wait for it, storing does not come before it
    const published =
      state === undefined ? undefined : this.publishing.state.publish(source, state, receivedAt);
    const stored =
      samples.length === 0
        ? undefined
        : this.store.append({ source, batchId, receivedAt, samples });
    const announced = this.publishing.samples.publish({ source, batchId, receivedAt, samples });
    const noted = this.noteMissed(source, announced, stored);
    await settleAll([published, stored, noted].filter((work) => work !== undefined));
  }

  private async noteMissed(
    source: string,
    announced: Promise<readonly Sample[]>,
    stored: Promise<unknown> | undefined,
  ): Promise<void> {
    const missed = await announced;
    if (missed.length === 0) return;
    // what is not stored is sent again, and published then
    await stored;
    this.publishing.missed.note(source, missed);
  }

  /** With the labels of the host: they come from Git or enrolment, and win over what the sender says. */
  private enriched({ source, samples }: ReceivedBatch): ReceivedBatch['samples'] {
    const hostLabels = this.labels.of(source);
    if (Object.keys(hostLabels).length === 0) return samples;
    return samples.map((sample) => ({ ...sample, labels: { ...sample.labels, ...hostLabels } }));
  }
}

function refusalOf(
  batches: readonly ReceivedBatch[],
  caller: Principal,
): IngestOutcome | undefined {
  for (const { source, state } of batches) {
    if (!maySpeakFor(caller, source)) return { outcome: 'foreign-source', source };
    if (state !== undefined && caller.role === 'ingest') {
      return { outcome: 'foreign-state', source };
    }
  }
  return undefined;
}

/** Waits for all, then throws the first error: none of them may go on unseen. */
async function settleAll(work: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  for (const result of results) {
    if (result.status === 'rejected') throw result.reason;
  }
}
