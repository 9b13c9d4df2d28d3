import { isControlActive, type Control } from '@vigil/contracts';
import type { ResourceId } from '@vigil/manifests';

/** What a person has stopped. */
interface Switched {
  readonly scope: 'system' | 'source' | 'resource';
  readonly control: Control;
}

/** What keeps automation from acting on a resource. `unknown`: a person may have stopped it, or not. */
export type Stopped = Switched | { readonly scope: 'unknown' };

/** The switches that people set: stop-the-world, suspended sources and resources. */
export class Controls {
  private stop: Control | undefined;
  private readonly sources = new Map<string, Control>();
  private readonly resources = new Map<ResourceId, Control>();
  private known = true;

  /** False while switches may be missing: NATS has lost them, and they are not restored yet. */
  get areKnown(): boolean {
    return this.known;
  }

  setKnown(areKnown: boolean): void {
    this.known = areKnown;
  }

  setStop(control: Control | undefined): void {
    this.stop = newerOf(this.stop, control);
  }

  setSource(name: string, control: Control | undefined): void {
    assign(this.sources, name, control);
  }

  setResource(resource: ResourceId, control: Control | undefined): void {
    assign(this.resources, resource, control);
  }

  /** The widest switch that stops automation for the resource at `now`, or that there may be one. */
  stopped(resource: ResourceId, source: string | undefined, now: number): Stopped | undefined {
    const active = this.concerning(resource, source).find(({ control }) =>
      isControlActive(control, now),
    );
    return active ?? (this.known ? undefined : { scope: 'unknown' });
  }

  /** When one of the resource's switches was last set, or ended by itself; 0 when never. */
  lastChangeAt(resource: ResourceId, source: string | undefined, now: number): number {
    return Math.max(
      0,
      ...this.concerning(resource, source).map(({ control: { at, until } }) =>
        until !== undefined && until <= now ? Math.max(at, until) : at,
      ),
    );
  }

  /** When the next active switch of the resource ends by itself. */
  nextEndAt(resource: ResourceId, source: string | undefined, now: number): number | undefined {
    const ends = this.concerning(resource, source).flatMap(({ control }) =>
      isControlActive(control, now) && control.until !== undefined ? [control.until] : [],
    );
    return ends.length === 0 ? undefined : Math.min(...ends);
  }

  private concerning(resource: ResourceId, source: string | undefined): Switched[] {
    const bySource = source === undefined ? undefined : this.sources.get(source);
    const own = this.resources.get(resource);
    const concerning: Switched[] = [];
    if (this.stop !== undefined) concerning.push({ scope: 'system', control: this.stop });
    if (bySource !== undefined) concerning.push({ scope: 'source', control: bySource });
    if (own !== undefined) concerning.push({ scope: 'resource', control: own });
    return concerning;
  }
}

function assign<Key>(map: Map<Key, Control>, key: Key, control: Control | undefined): void {
  const newer = newerOf(map.get(key), control);
  if (newer === undefined) map.delete(key);
  else map.set(key, newer);
}

/** What somebody puts back after a loss may be older than what is known here. */
function newerOf(known: Control | undefined, control: Control | undefined): Control | undefined {
  return known !== undefined && control !== undefined && known.at > control.at ? known : control;
}
