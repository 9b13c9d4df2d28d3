import {
  desiredStateKey,
  type Override,
  type RevisionEntry,
  type SourcePointer,
} from '@vigil/contracts';
import {
  parseResourceId,
  resourceId,
  type Host,
  type Manifest,
  type Mode,
  type Policy,
  type ResourceId,
  type Service,
} from '@vigil/manifests';
import { Cached } from './cached.js';
import { differenceOf, mergeChanges, NO_CHANGE, type DesiredChange } from './desired-change.js';
import { assembleRevision, type Declaration, type Revision } from './revision.js';

export type { Manifest };

/** A resource as Git declares it now. */
export interface DeclaredService {
  readonly resource: ResourceId;
  readonly service: Service;
  readonly digest: string;
  /** Generation of the source since which it has declared just this; 0 or absent: not known. */
  readonly since?: number;
  readonly source: string;
  /** Mode of the source; absent: the source does not restrict. */
  readonly sourceMode: Mode | undefined;
}

export interface DeclaredPolicy {
  readonly resource: ResourceId;
  readonly policy: Policy;
  readonly digest: string;
  readonly source: string;
  readonly sourceMode: Mode | undefined;
}

export interface DeclaredHost {
  readonly resource: ResourceId;
  readonly host: Host;
  readonly digest: string;
  readonly source: string;
}

/**
 * What is known of a resource's desired state. `absent`: every source is loaded and none declares
 * it. `unknown`: its source, or one that could declare it, is not loaded, or the overrides are not:
 * nothing follows from that.
 */
export type DesiredView =
  | { readonly status: 'declared'; readonly declared: DeclaredService }
  | { readonly status: 'absent' }
  | {
      readonly status: 'unknown';
      readonly last: DeclaredService | undefined;
      /** What it waits for: its source, or the overrides, one of which may be about it. */
      readonly awaits: 'source' | 'overrides';
    };

/** Why a desired state is unknown, for people. */
export function unknownBecause({ awaits }: Extract<DesiredView, { status: 'unknown' }>): string {
  return awaits === 'source'
    ? 'the desired state is not loaded'
    : 'it is not known what was scaled or stopped: NATS is new or has lost it, and the remediator has not restored it from PostgreSQL yet';
}

/** Why nothing is wanted of what is declared, for people. */
export const HELD_SPEC_UNKNOWN = 'the spec that it is held at after a roll-back is no longer known';

interface Source {
  /** What was last complete; stays in force until the next is. */
  inForce: Revision | undefined;
  /** False after NATS lost its data, until the pointer was written again. */
  trusted: boolean;
  /** The newest pointer, while parts of its revision are missing. */
  awaited: SourcePointer | undefined;
}

/**
 * The desired state of the whole fleet in memory, fed from the bucket `desired_state` in any order.
 * A source is replaced only when its whole new index and all its manifests are there, so that no
 * reader ever sees half a revision.
 */
export class DesiredState {
  private readonly manifests = new Map<string, Manifest>();
  private readonly chunks = new Map<string, readonly RevisionEntry[]>();
  private readonly sources = new Map<string, Source>();
  private readonly owners = new Cached(() => this.indexOwners());
  private readonly dependantCounts = new Cached(() => this.countDependants());
  private readonly declaredHosts = new Cached(() => this.indexHosts());
  private readonly overrides = new Map<ResourceId, Override>();
  private overridesKnown = true;

  putManifest(digest: string, manifest: Manifest): DesiredChange {
    this.manifests.set(digest, manifest);
    return this.completeAwaited();
  }

  removeManifest(digest: string): DesiredChange {
    this.manifests.delete(digest);
    return NO_CHANGE;
  }

  /** `key` is the chunk's key in the bucket. */
  putIndex(key: string, entries: readonly RevisionEntry[]): DesiredChange {
    this.chunks.set(key, entries);
    return this.completeAwaited();
  }

  removeIndex(key: string): DesiredChange {
    this.chunks.delete(key);
    return NO_CHANGE;
  }

  putPointer(pointer: SourcePointer): DesiredChange {
    const source = this.sourceOf(pointer.source);
    const newest = source.awaited?.generation ?? source.inForce?.pointer.generation ?? 0;
    // after a loss of data gitopsd may count from one again: whatever it says then is the newest
    if (source.trusted && pointer.generation < newest) return NO_CHANGE;
    source.awaited = pointer;
    return this.completeAwaited();
  }

  /** The source was removed on purpose: its resources are no longer declared. `key` is the pointer's. */
  removePointer(key: string): DesiredChange {
    const name = [...this.sources.keys()].find((known) => desiredStateKey.pointer(known) === key);
    if (name === undefined) return NO_CHANGE;
    const source = this.sources.get(name);
    this.sources.delete(name);
    this.forgetIndexes();
    return differenceOf(source?.inForce, undefined);
  }

  /** False while overrides may be missing: NATS has lost them, and they are not restored yet. */
  get areOverridesKnown(): boolean {
    return this.overridesKnown;
  }

  setOverridesKnown(areKnown: boolean): DesiredChange {
    this.overridesKnown = areKnown;
    return { ...this.everything(), policies: false };
  }

  putOverride(override: Override): DesiredChange {
    this.overrides.set(override.resource, override);
    return { ...NO_CHANGE, resources: new Set([override.resource]) };
  }

  /** `key` is the override's key in the bucket. */
  removeOverride(key: string): DesiredChange {
    const resource = [...this.overrides.keys()].find(
      (known) => desiredStateKey.override(known) === key,
    );
    if (resource === undefined || !this.overrides.delete(resource)) return NO_CHANGE;
    return { ...NO_CHANGE, resources: new Set([resource]) };
  }

  /**
   * The bucket lost its data. Sources become unknown until they are written again; overrides are
   * kept, because their loss would start what a person stopped: they are unknown, too, until the
   * remediator has put all of them back.
   */
  distrust(): DesiredChange {
    this.chunks.clear();
    for (const source of this.sources.values()) {
      source.trusted = false;
      source.awaited = undefined;
    }
    return this.everything();
  }

  current(resource: ResourceId): DesiredView {
    const declared = this.find(resource);
    if (declared !== undefined) {
      const trusted = this.sources.get(declared.source)?.trusted === true;
      if (!trusted) return { status: 'unknown', last: declared, awaits: 'source' };
      if (!this.overridesKnown) return { status: 'unknown', last: declared, awaits: 'overrides' };
      return { status: 'declared', declared };
    }
    if (this.isComplete()) return { status: 'absent' };
    return { status: 'unknown', last: undefined, awaits: 'source' };
  }

  /** True when there is a source and every one of them is loaded. */
  isComplete(): boolean {
    const sources = [...this.sources.values()];
    return sources.length > 0 && sources.every((each) => each.trusted && each.inForce);
  }

  override(resource: ResourceId, now: number): Override | undefined {
    const override = this.overrides.get(resource);
    const expired = override?.expiresAt !== undefined && override.expiresAt <= now;
    return expired ? undefined : override;
  }

  /** A manifest by its digest, also one that is no longer in force; undefined when it was pruned. */
  manifest(digest: string): Manifest | undefined {
    return this.manifests.get(digest);
  }

  services(): DeclaredService[] {
    const services: DeclaredService[] = [];
    for (const each of this.declarations()) {
      if (each.manifest.kind === 'Service') services.push({ ...each, service: each.manifest });
    }
    return services;
  }

  policies(): DeclaredPolicy[] {
    const policies: DeclaredPolicy[] = [];
    for (const each of this.declarations()) {
      if (each.manifest.kind === 'Policy') policies.push({ ...each, policy: each.manifest });
    }
    return policies;
  }

  hosts(): DeclaredHost[] {
    return [...this.declaredHosts.get().values()];
  }

  host(resource: ResourceId): DeclaredHost | undefined {
    return this.declaredHosts.get().get(resource);
  }

  /** What Git says of a host, by its name; undefined when it says nothing. */
  hostLabels(name: string): Readonly<Record<string, string>> | undefined {
    const hosts = this.declaredHosts.get();
    if (hosts.size === 0) return undefined;
    return hosts.get(hostId(name))?.host.spec.labels;
  }

  /** How many services depend on the resource. */
  dependants(resource: ResourceId): number {
    return this.dependantCounts.get().get(resource) ?? 0;
  }

  /** Names of the sources that are known but not loaded. */
  unknownSources(): string[] {
    return [...this.sources]
      .filter(([, source]) => !source.trusted || source.inForce === undefined)
      .map(([name]) => name);
  }

  private everything(): DesiredChange {
    const resources = new Set(this.services().map((each) => each.resource));
    return { resources, policies: true, hosts: false };
  }

  private countDependants(): ReadonlyMap<ResourceId, number> {
    const counts = new Map<ResourceId, number>();
    for (const { service } of this.services()) {
      for (const text of service.spec.dependsOn) {
        const target = parseResourceId(text);
        if (target !== undefined) counts.set(target, (counts.get(target) ?? 0) + 1);
      }
    }
    return counts;
  }

  /** The source of each service; of two that declare it, the first by name. */
  private indexOwners(): ReadonlyMap<ResourceId, string> {
    const owners = new Map<ResourceId, string>();
    for (const name of [...this.sources.keys()].sort()) {
      for (const { resource, manifest } of this.declarationsOf(name)) {
        if (manifest.kind === 'Service' && !owners.has(resource)) owners.set(resource, name);
      }
    }
    return owners;
  }

  /** Also those of a source that is not trusted now: what a host is does not change with that. */
  private indexHosts(): ReadonlyMap<ResourceId, DeclaredHost> {
    const hosts = new Map<ResourceId, DeclaredHost>();
    for (const each of this.declarations()) {
      if (each.manifest.kind === 'Host') hosts.set(each.resource, { ...each, host: each.manifest });
    }
    return hosts;
  }

  private forgetIndexes(): void {
    this.declaredHosts.forget();
    this.owners.forget();
    this.dependantCounts.forget();
  }

  private declarationsOf(name: string): Iterable<Declaration> {
    return this.sources.get(name)?.inForce?.declarations.values() ?? [];
  }

  private find(resource: ResourceId): DeclaredService | undefined {
    const name = this.owners.get().get(resource);
    const source = name === undefined ? undefined : this.sources.get(name);
    const found = source?.inForce?.declarations.get(resource);
    if (name === undefined || source === undefined || found?.manifest.kind !== 'Service') {
      return undefined;
    }
    return { ...declaredBy(name, source, found), service: found.manifest };
  }

  private *declarations() {
    for (const [name, source] of this.sources) {
      for (const declaration of source.inForce?.declarations.values() ?? []) {
        yield { ...declaredBy(name, source, declaration), manifest: declaration.manifest };
      }
    }
  }

  private sourceOf(name: string): Source {
    const known = this.sources.get(name);
    if (known !== undefined) return known;
    const source: Source = { inForce: undefined, trusted: true, awaited: undefined };
    this.sources.set(name, source);
    return source;
  }

  private completeAwaited(): DesiredChange {
    const changes: DesiredChange[] = [];
    for (const source of this.sources.values()) {
      if (source.awaited === undefined) continue;
      const revision = assembleRevision(source.awaited, this.chunks, this.manifests);
      if (revision === undefined) continue;
      const wasTrusted = source.trusted;
      changes.push(differenceOf(wasTrusted ? source.inForce : undefined, revision));
      // what an untrusted source declared before may be gone now
      if (!wasTrusted) changes.push(differenceOf(source.inForce, revision));
      source.inForce = revision;
      this.forgetIndexes();
      source.trusted = true;
      source.awaited = undefined;
    }
    return mergeChanges(changes);
  }
}

function declaredBy(name: string, source: Source, declaration: Declaration) {
  return {
    resource: declaration.resource,
    digest: declaration.digest,
    ...(declaration.since === 0 ? {} : { since: declaration.since }),
    source: name,
    sourceMode: source.inForce?.pointer.mode,
  };
}

function hostId(name: string): ResourceId {
  return resourceId({ namespace: 'default', kind: 'Host', name });
}
