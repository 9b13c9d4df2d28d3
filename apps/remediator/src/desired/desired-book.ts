import {
  desiredStateKey,
  type Override,
  type RevisionEntry,
  type SourcePointer,
} from '@vigil/contracts';

/** What Git declares of a resource. `unknown`: the source that declares it, or could, is not loaded. */
export type Declaration =
  | { readonly kind: 'declared'; readonly digest: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown' };

interface Source {
  /** Digests by resource of what was last complete; stays in force until the next is. */
  inForce: ReadonlyMap<string, string> | undefined;
  /** The newest pointer, while chunks of its index are missing. */
  awaited: SourcePointer | undefined;
  /** False after NATS lost its data, until the pointer was written again. */
  trusted: boolean;
}

/**
 * Which manifest is in force for every resource, by digest, and who overrides it: enough to tell
 * whether what was decided still rests on what is wanted. Fed from the bucket `desired_state` in any
 * order; a source is replaced only when its whole new index is there.
 */
export class DesiredBook {
  private readonly sources = new Map<string, Source>();
  private readonly chunks = new Map<string, readonly RevisionEntry[]>();
  private readonly overrides = new Map<string, Override>();
  private readonly waiting = new Set<() => void>();

  /** `key` is the pointer's. */
  putPointer(key: string, pointer: SourcePointer): void {
    const source = this.sources.get(key) ?? {
      inForce: undefined,
      awaited: undefined,
      trusted: true,
    };
    source.awaited = pointer;
    this.sources.set(key, source);
    this.completeAwaited();
  }

  removePointer(key: string): void {
    this.sources.delete(key);
    this.tell();
  }

  putIndex(key: string, entries: readonly RevisionEntry[]): void {
    this.chunks.set(key, entries);
    this.completeAwaited();
  }

  removeIndex(key: string): void {
    this.chunks.delete(key);
  }

  /** `key` is the override's. */
  putOverride(key: string, override: Override): void {
    this.overrides.set(key, override);
    this.tell();
  }

  removeOverride(key: string): void {
    this.overrides.delete(key);
    this.tell();
  }

  /** The bucket lost its data: sources are unknown until they are written again, overrides are kept. */
  distrust(): void {
    this.chunks.clear();
    for (const source of this.sources.values()) {
      source.trusted = false;
      source.awaited = undefined;
    }
  }

  /** What is in force; of two sources that declare the resource, the first by name as in the evaluator. */
  declarationOf(resource: string): Declaration {
    const sources = [...this.sources].sort(([left], [right]) => (left < right ? -1 : 1));
    for (const [, { inForce, trusted }] of sources) {
      const digest = inForce?.get(resource);
      if (digest !== undefined) return trusted ? { kind: 'declared', digest } : { kind: 'unknown' };
    }
    const whole = sources.every(([, { inForce, trusted }]) => trusted && inForce !== undefined);
    return sources.length > 0 && whole ? { kind: 'absent' } : { kind: 'unknown' };
  }

  /** The action whose override is in force at `now` (Unix ms); null when there is none. */
  overriderOf(resource: string, now: number): string | null {
    const override = this.lastOverride(resource);
    if (override === undefined) return null;
    if (override.expiresAt !== undefined && override.expiresAt <= now) return null;
    const overrides = override.stopped === true || override.replicas !== undefined;
    return overrides ? override.actionId : null;
  }

  /** What was last written about the resource's override, also that there is none any more. */
  lastOverride(resource: string): Override | undefined {
    return this.overrides.get(desiredStateKey.override(resource));
  }

  /** Calls back after each change. Returns how to stop that. */
  onChange(listener: () => void): () => void {
    this.waiting.add(listener);
    return () => this.waiting.delete(listener);
  }

  private completeAwaited(): void {
    for (const source of this.sources.values()) {
      if (source.awaited === undefined) continue;
      const digests = this.assemble(source.awaited);
      if (digests === undefined) continue;
      source.inForce = digests;
      source.awaited = undefined;
      source.trusted = true;
    }
    this.tell();
  }

  /** Undefined while a chunk is missing. */
  private assemble({ source, revision, chunks }: SourcePointer) {
    const digests = new Map<string, string>();
    for (let chunk = 0; chunk < chunks; chunk += 1) {
      const entries = this.chunks.get(desiredStateKey.index(source, revision, chunk));
      if (entries === undefined) return undefined;
      for (const { resource, digest } of entries) digests.set(resource, digest);
    }
    return digests;
  }

  private tell(): void {
    for (const listener of [...this.waiting]) listener();
  }
}
