import { isPointedTo, type AcceptRevision, type InForce } from '../revision/accept-revision.js';
import type { ManifestSource, SourceSnapshot } from '../source/manifest-source.js';
import type { InForceSummary, SyncOutcome } from './sync-outcome.js';
import type { TryRevision } from './try-revision.js';

/** One look at a source: reads it, and tries what it says. */
export class SyncSource {
  /** Unknown until PostgreSQL and the bucket were read, and again after anything went wrong. */
  private inForce: InForce | undefined;
  /** Counts the calls of {@link forget}: a look that began before one does not know what is in force. */
  private epoch = 0;
  /** The last revision that this process found valid: one of an older Vigil is judged anew. */
  private judged: string | undefined;

  constructor(
    private readonly source: ManifestSource,
    private readonly accept: AcceptRevision,
    private readonly tryRevision: TryRevision,
  ) {}

  /** @throws VigilError when PostgreSQL or NATS is away: the same look succeeds later */
  async execute(correlationId: string, signal: AbortSignal): Promise<SyncOutcome> {
    const { name } = this.source;
    const { epoch } = this;
    const known = this.inForce ?? (await this.accept.recover(name));
    this.remember(known, epoch);
    const snapshot = await this.source.read(signal);
    if ('unavailable' in snapshot) return { kind: 'unavailable', message: snapshot.unavailable };
    const { revision } = snapshot;
    if (this.isInForce(snapshot, known)) return { kind: 'applied', revision, changed: false };
    const { outcome, inForce } = await this.tryRevision.execute(
      name,
      snapshot,
      known,
      correlationId,
    );
    if (outcome.kind === 'applied') this.judged = revision;
    this.remember(inForce, epoch);
    return outcome;
  }

  /** What was read before may not hold any more: the next look starts from the beginning. */
  forget(): void {
    this.epoch += 1;
    this.inForce = undefined;
  }

  /** What is in force, as far as it is known. */
  summary(): InForceSummary | undefined {
    const stored = this.inForce?.stored;
    if (stored === undefined) return undefined;
    const { revision, commit, entries, warnings } = stored;
    return { revision, commit, resources: entries.length, warnings };
  }

  private remember(inForce: InForce, epoch: number): void {
    if (epoch === this.epoch) this.inForce = inForce;
  }

  private isInForce({ revision }: SourceSnapshot, inForce: InForce): boolean {
    return (
      this.judged === revision && isPointedTo(inForce) && inForce.stored?.revision === revision
    );
  }
}
