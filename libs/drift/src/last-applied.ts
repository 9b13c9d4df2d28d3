import { canonicalJson, type Service } from '@vigil/manifests';
import type { DesiredService } from './drift.js';
import { desiredFields } from './normalise.js';

type Fields = ReturnType<typeof desiredFields>;

/**
 * The manifest that a replica was last started with, compared with the one that is wanted now. What
 * both say of the replica is in force already: where the host differs from that, the host has changed
 * (`corrective`), not Git (`intentional`). The number of replicas, say, is part of the digest and of no
 * replica. A manifest that is no longer known counts as another one.
 */
export class LastApplied {
  private readonly isPresent: boolean;
  private readonly manifest: Service | undefined;
  private fields: { readonly before: Fields; readonly now: Fields } | undefined;

  constructor(
    private readonly effective: DesiredService,
    digest: string,
    manifestOf: ((digest: string) => Service | undefined) | undefined,
  ) {
    this.isPresent = digest === effective.digest;
    this.manifest = this.isPresent ? effective.service : manifestOf?.(digest);
  }

  /** It wanted the same of this field of the replica, also when that is nothing. */
  wanted(path: string): boolean {
    if (this.isPresent) return true;
    const fields = this.bothFields();
    if (fields === undefined) return false;
    const [before, now] = [fields.before.get(path), fields.now.get(path)];
    return canonicalJson(before ?? null) === canonicalJson(now ?? null);
  }

  /** It wanted the same of every field. */
  wantedAll(): boolean {
    if (this.isPresent) return true;
    const fields = this.bothFields();
    if (fields === undefined) return false;
    const paths = new Set([...fields.before.keys(), ...fields.now.keys()]);
    return [...paths].every((path) => this.wanted(path));
  }

  /** It wanted a replica with this number, and the same of it. */
  wantedReplica(replica: number): boolean {
    return this.wantedCount() > replica && this.wantedAll();
  }

  /** A replica with this number was too many, or in the wrong place, by it already. */
  wantedElsewhere(replica: number): boolean {
    if (this.isPresent) return true;
    const isStillWanted = replica < this.effective.service.spec.replicas;
    return (isStillWanted || this.wantedCount() <= replica) && this.wantedAll();
  }

  /** How many it wanted; none when that is not known. An override does not change its digest. */
  private wantedCount(): number {
    return this.isPresent ? Infinity : (this.manifest?.spec.replicas ?? 0);
  }

  private bothFields() {
    if (this.manifest === undefined) return undefined;
    this.fields ??= {
      before: desiredFields(this.manifest),
      now: desiredFields(this.effective.service),
    };
    return this.fields;
  }
}
