import type { ReplicaObservation } from '@vigil/contracts';
import type { InspectedContainer } from '../engine/engine-answers.js';

/** One launch of a container: after a restart by the engine itself it is another one. */
export function instanceOf({ id, state }: InspectedContainer): string {
  return `${id}/${state.started}`;
}

/** True while its program runs; the engine says so too while it waits to restart it. */
export function isRunning({ state }: InspectedContainer): boolean {
  return state.isRunning && !state.isRestarting;
}

/** True for one that was made and never started. */
export function isFresh({ state }: InspectedContainer): boolean {
  return state.startedAt === undefined;
}

/** True for one that the engine removes, or could not remove in full: it never starts again. */
export function isGoing({ state }: InspectedContainer): boolean {
  return state.status === 'removing' || state.status === 'dead';
}

/**
 * What the engine says of the launch.
 * @param keptDown the launch that a command of Vigil ended for good, if there is one
 */
export function observeState(
  container: InspectedContainer,
  keptDown: string | undefined,
): Pick<
  ReplicaObservation,
  'instance' | 'state' | 'startedAt' | 'exitedAt' | 'exitCode' | 'restarting' | 'pid' | 'detail'
> {
  const { state } = container;
  const instance = instanceOf(container);
  const startedAt = whole(state.startedAt ?? container.createdAt);
  if (isRunning(container)) {
    return { instance, state: 'running', startedAt, ...(state.pid > 0 ? { pid: state.pid } : {}) };
  }
  const detail = detailOf(container);
  return {
    instance,
    state: keptDown === instance ? 'stopped' : 'exited',
    startedAt,
    ...(state.finishedAt === undefined ? {} : { exitedAt: whole(state.finishedAt) }),
    ...(isFresh(container) ? {} : { exitCode: state.exitCode }),
    ...(state.isRestarting ? { restarting: true } : {}),
    ...(detail === undefined ? {} : { detail }),
  };
}

function detailOf({ state }: InspectedContainer): string | undefined {
  if (state.isOutOfMemory) return 'ended by the kernel: out of memory';
  if (state.isRestarting) return 'the engine waits before it starts it again';
  return state.error === '' ? undefined : state.error.slice(0, 1024);
}

function whole(at: number): number {
  return Math.max(0, Math.floor(at));
}
