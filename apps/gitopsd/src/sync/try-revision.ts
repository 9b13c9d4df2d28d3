import { Injectable } from '@nestjs/common';
import type { RevisionEntry } from '@vigil/contracts';
import { AcceptRevision, isPointedTo, type InForce } from '../revision/accept-revision.js';
import { judgeRevision } from '../revision/judge-revision.js';
import { RejectRevision } from '../revision/reject-revision.js';
import { RevisionStore } from '../revision/revision.store.js';
import { sameResources } from '../revision/stored-revision.js';
import type { SourceSnapshot } from '../source/manifest-source.js';
import { Suspension } from './suspension.js';
import type { SyncOutcome } from './sync-outcome.js';

export interface TriedRevision {
  readonly outcome: SyncOutcome;
  /** What is in force now. */
  readonly inForce: InForce;
}

/** Judges what a source says, and puts it in force or refuses it. */
@Injectable()
export class TryRevision {
  constructor(
    private readonly revisions: RevisionStore,
    private readonly accept: AcceptRevision,
    private readonly reject: RejectRevision,
    private readonly suspension: Suspension,
  ) {}

  /** @throws VigilError when PostgreSQL or NATS is away */
  async execute(
    source: string,
    snapshot: SourceSnapshot,
    inForce: InForce,
    correlationId: string,
  ): Promise<TriedRevision> {
    const { revision, commit } = snapshot;
    const judgement = judgeRevision(snapshot, {
      inForce: inForce.stored?.entries,
      foreign: await this.revisions.foreignResources(source),
    });
    if (!judgement.valid) {
      const invalid = { source, revision, commit, errors: judgement.errors, correlationId };
      const { errors } = await this.reject.execute(invalid, inForce.stored?.revision);
      return { outcome: { kind: 'rejected', revision, errors }, inForce };
    }
    const { resources, warnings } = judgement;
    if (isSame(inForce, revision, resources)) {
      return { outcome: { kind: 'applied', revision, changed: false }, inForce };
    }
    const held = await this.heldBack(source, revision);
    if (held !== undefined) return { outcome: held, inForce };
    const accepted = { source, revision, commit, warnings, correlationId };
    return {
      outcome: { kind: 'applied', revision, changed: true },
      inForce: await this.accept.execute(accepted, resources, inForce),
    };
  }

  private async heldBack(source: string, revision: string): Promise<SyncOutcome | undefined> {
    const suspended = await this.suspension.of(source);
    if (suspended.kind === 'no') return undefined;
    const waits = `revision ${revision} is valid, and waits`;
    if (suspended.kind === 'unknown') {
      const message = `${waits}: it is not known whether the source is suspended, until the collector has restored that from PostgreSQL`;
      return { kind: 'unavailable', message };
    }
    const { actor, reason } = suspended.control;
    const message = `${waits}: ${actor} suspended the source (${reason})`;
    return { kind: 'suspended', revision, message };
  }
}

/** True when the revision is in force already, and a newer Vigil would read it no differently. */
function isSame(
  inForce: InForce,
  revision: string,
  resources: readonly Pick<RevisionEntry, 'resource' | 'digest'>[],
): boolean {
  const { stored } = inForce;
  if (stored?.revision !== revision || !isPointedTo(inForce)) return false;
  return sameResources(stored.entries, resources);
}
