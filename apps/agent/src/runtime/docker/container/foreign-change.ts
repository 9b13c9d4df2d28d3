import type { ForeignChange } from '@vigil/contracts';
import type { EngineEvent, InspectedContainer } from '../engine/engine-answers.js';
import { isRunning } from './observe-state.js';

type Words = (attributes: EngineEvent['attributes']) => string;

/** What somebody did to a container, by the engine's event. What happens by itself is not among them. */
const DONE_TO_IT: ReadonlyMap<string, Words> = new Map<string, Words>([
  ['kill', ({ signal }) => (signal === undefined ? 'kill' : `kill (signal ${signal})`)],
  ['stop', () => 'stop'],
  ['restart', () => 'restart'],
  ['pause', () => 'pause'],
  ['unpause', () => 'unpause'],
  ['update', () => 'update'],
  ['create', () => 'create'],
  ['rename', ({ name }) => `rename to ${name ?? 'another name'}`],
  ['destroy', () => 'destroy'],
  // Podman's word
  ['remove', () => 'destroy'],
  ['extract-to-dir', () => 'copy of files into it'],
]);

/** The engine's word for a container that came into being. */
export const MADE = 'create';

/** So Podman tells what its own restart policy has started; what somebody restarts it tells as a start. */
const BY_PODMAN = 'restart';

/** What an event says that somebody did; undefined when it says nothing of the kind. */
export function deedOf(event: EngineEvent, isPodman = false): ForeignChange | undefined {
  if (event.type !== 'container') return undefined;
  if (isPodman && event.action === BY_PODMAN) return undefined;
  const what = DONE_TO_IT.get(event.action)?.(event.attributes);
  return what === undefined ? undefined : { at: Math.floor(event.at), what: what.slice(0, 256) };
}

/**
 * What an event says that somebody did, which follows from what happens to a container as well: only how
 * the container is after it tells the two apart. Undefined when it was not somebody.
 * @param isLive false for what is told later, after the engine was away: it starts containers when it comes
 */
export function lateDeedOf(
  event: EngineEvent,
  container: InspectedContainer,
  isLive: boolean,
): ForeignChange | undefined {
  if (!isRunning(container)) return undefined;
  const at = Math.floor(event.at);
  if (event.type === 'container') {
    // a restart by the engine itself is counted
    const isByHand = event.action === 'start' && isLive && container.restartCount === 0;
    return isByHand ? { at, what: 'start' } : undefined;
  }
  const ofNetwork = event.action === 'connect' || event.action === 'disconnect';
  if (event.type !== 'network' || !ofNetwork) return undefined;
  // each start and each end of a container connects and disconnects it
  if ((container.state.startedAt ?? Number.POSITIVE_INFINITY) >= event.at) return undefined;
  const { name = 'another network' } = event.attributes;
  return { at, what: `network ${event.action} ${name}`.slice(0, 256) };
}

/** True when the command of one's own may have caused it. */
export function isOwn(
  event: Pick<EngineEvent, 'action' | 'at'> & { readonly container: string },
  doings: readonly Doing[],
): boolean {
  return doings.some(
    ({ from, until, restMs, containers, actions }) =>
      (containers.has(event.container) || (restMs !== undefined && event.action === MADE)) &&
      actions.has(event.action) &&
      event.at >= from - CLOCK_MARGIN_MS &&
      event.at <= (until ?? Number.POSITIVE_INFINITY) + CLOCK_MARGIN_MS,
  );
}

/** The engine has the clock of this host, which is read in whole milliseconds here. */
const CLOCK_MARGIN_MS = 1;

/** What a command of Vigil does to containers, and when. */
export interface Doing {
  readonly from: number;
  /** Absent while it is being done. */
  until?: number;
  /**
   * Present when the engine gave no answer: which container it makes late is not known, and what it has still
   * to do takes this long when it goes on.
   */
  restMs?: number;
  readonly containers: Set<string>;
  readonly actions: ReadonlySet<string>;
}

const ENDING = ['kill', 'die', 'stop', 'destroy', 'remove', 'unpause', 'rename', 'disconnect'];
const STARTING = ['create', 'rename', 'start', 'update', 'connect'];

/** The events that each operation causes. */
export const ACTIONS_OF = {
  start: new Set([...STARTING, ...ENDING]),
  stop: new Set(ENDING),
  restart: new Set([...STARTING, ...ENDING]),
  reconfigure: new Set(['update']),
  adopt: new Set<string>(),
  release: new Set<string>(),
} as const;
