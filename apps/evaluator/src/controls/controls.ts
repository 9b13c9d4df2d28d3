import { isControlActive, type Control } from '@vigil/contracts';
import type { ResourceId } from '@vigil/manifests';

/** What keeps automation from acting on a resource. */
export interface Stopped {
  readonly scope: 'system' | 'source' | 'resource';
  readonly control: Control;
}

/** The switches that people set: stop-the-world, suspended sources and resources. */
export class Controls {
  private stop: Control | undefined;
  private readonly sources = new Map<string, Control>();
  private readonly resources = new Map<ResourceId, Control>();

  setStop(control: Control | undefined): void {
    this.stop = control;
  }

  setSource(name: string, control: Control | undefined): void {
    assign(this.sources, name, control);
  }

  setResource(resource: ResourceId, control: Control | undefined): void {
    assign(this.resources, resource, control);
  }

  /** The widest switch that stops automation for the resource at `now`. */
  stopped(resource: ResourceId, source: string | undefined, now: number): Stopped | undefined {
    return this.concerning(resource, source).find(({ control }) => isControlActive(control, now));
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

  private concerning(resource: ResourceId, source: string | undefined): Stopped[] {
    const bySource = source === undefined ? undefined : this.sources.get(source);
    const own = this.resources.get(resource);
    const concerning: Stopped[] = [];
    if (this.stop !== undefined) concerning.push({ scope: 'system', control: this.stop });
    if (bySource !== undefined) concerning.push({ scope: 'source', control: bySource });
    if (own !== undefined) concerning.push({ scope: 'resource', control: own });
    return concerning;
  }
}

function assign<Key>(map: Map<Key, Control>, key: Key, control: Control | undefined): void {
  if (control === undefined) map.delete(key);
  else map.set(key, control);
}
