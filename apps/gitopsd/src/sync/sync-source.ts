import { type AcceptRevision, isPointedTo, type InForce } from '../revision/accept-revision.js';
import { judgeRevision } from '../revision/judge-revision.js';
import { type RejectRevision } from '../revision/reject-revision.js';
import { type RevisionStore } from '../revision/revision.store.js';
import { sameResources } from '../revision/stored-revision.js';
import type { ManifestSource, SourceSnapshot } from '../source/manifest-source.js';
import type { Suspension } from './suspension.js';
import type { InForceSummary, SyncOutcome } from './sync-outcome.js';

/** One look at a source: reads it, judges what it says, and puts it in force or refuses it. */
export class SyncSource {
  /** Unknown until PostgreSQL and the bucket were read, and again after anything went wrong. */
  private inForce: InForce | undefined;
  /** The revision in force, once this process has judged it: a newer Vigil may read it differently. */
  private judged: string | undefined;

  constructor(
    private readonly source: ManifestSource,
    private readonly revisions: RevisionStore,
    private readonly accept: AcceptRevision,
    private readonly reject: RejectRevision,
    private readonly suspension: Suspension,
  ) {}

  /** @throws VigilError when PostgreSQL or NATS is away: the same look succeeds later */
  async execute(correlationId: string, signal: AbortSignal): Promise<SyncOutcome> {
    const inForce = await this.agreeOnWhatIsInForce();
    const snapshot = await this.source.read(signal);
    if ('unavailable' in snapshot) return { kind: 'unavailable', message: snapshot.unavailable };
    if (this.isInForce(snapshot, inForce)) return unchanged(snapshot);
    return this.tryRevision(snapshot, inForce, correlationId);
  }

  /** What was read before may not hold any more: the next look starts from the beginning. */
  forget(): void {
    this.inForce = undefined;
  }

  /** What is in force, as far as it is known. */
  summary(): InForceSummary | undefined {
    const stored = this.inForce?.stored;
    if (stored === undefined) return undefined;
    const { revision, commit, entries, warnings } = stored;
    return { revision, commit, resources: entries.length, warnings };
  }

  private async agreeOnWhatIsInForce(): Promise<InForce> {
    this.inForce ??= await this.accept.recover(this.source.name);
    return this.inForce;
  }

  private async tryRevision(
    snapshot: SourceSnapshot,
    inForce: InForce,
    correlationId: string,
  ): Promise<SyncOutcome> {
    const source = this.source.name;
    const { revision, commit } = snapshot;
    const judgement = judgeRevision(snapshot, {
      inForce: inForce.stored?.entries,
      foreign: await this.revisions.foreignResources(source),
    });
    if (!judgement.valid) {
      const { errors } = judgement;
      const invalid = { source, revision, commit, errors, correlationId };
      const rejection = await this.reject.execute(invalid, inForce.stored?.revision);
      return { kind: 'rejected', revision, errors: rejection.errors };
    }
    const { resources, warnings } = judgement;
    this.judged = revision;
    if (isSame(inForce, revision, resources)) return unchanged(snapshot);
    const control = await this.suspension.of(source);
    if (control !== undefined) {
      const message = `revision ${revision} is valid, and waits: ${control.actor} suspended the source (${control.reason})`;
      return { kind: 'suspended', revision, message };
    }
    this.forget();
    const accepted = { source, revision, commit, warnings, correlationId };
    this.inForce = await this.accept.execute(accepted, resources, inForce);
    return { kind: 'applied', revision, changed: true };
  }

  private isInForce({ revision }: SourceSnapshot, inForce: InForce): boolean {
    return (
      this.judged === revision && isPointedTo(inForce) && inForce.stored?.revision === revision
    );
  }
}

function isSame(
  inForce: InForce,
  revision: string,
  resources: Parameters<typeof sameResources>[1],
): boolean {
  const { stored } = inForce;
  if (stored?.revision !== revision || !isPointedTo(inForce)) return false;
  return sameResources(stored.entries, resources);
}

function unchanged({ revision }: SourceSnapshot): SyncOutcome {
  return { kind: 'applied', revision, changed: false };
}
