import type { ProcessIdentity } from '../../state/agent-document.js';
import type { FoundProcess, HostProcesses } from './host-processes.js';

/** Longer than any launch takes from its intention to its process, disk included. */
const LAUNCH_TAKES_AT_MOST_MS = 30_000;

const MAX_DESCRIBED = 10;

/** Processes that carry the instance id of one launch. */
export interface Bearers {
  /** Members of the process group that the launch itself was given: part of the replica. */
  readonly own: readonly FoundProcess[];
  /** What the replica has set free, by intention or not: nobody but a person may end it. */
  readonly others: readonly FoundProcess[];
}

/**
 * Everything that a process starts inherits its environment and with it the instance id: a daemon in
 * a session of its own, a shell that somebody opened from it, a whole Vigil inside of it. Only the
 * process group that the launch was given is surely the replica's. The kernel gives the number of a
 * group to nobody else while the group has a member, so a group is still the same one unless a
 * process that began at another time leads it now.
 */
export function bearersOf(
  leader: ProcessIdentity | undefined,
  found: readonly FoundProcess[],
  processes: Pick<HostProcesses, 'identify'>,
): Bearers {
  if (leader === undefined || isPidOfAnother(leader, processes)) return { own: [], others: found };
  const isOwn = ({ processGroup, session = processGroup }: FoundProcess) =>
    processGroup === leader.pid && session === leader.pid;
  return { own: found.filter(isOwn), others: found.filter((process) => !isOwn(process)) };
}

/** True when the pid of a process that has ended was given to another one. */
export function isPidOfAnother(
  process: ProcessIdentity,
  processes: Pick<HostProcesses, 'identify'>,
): boolean {
  const holder = processes.identify(process.pid);
  return holder !== undefined && holder.startTime !== process.startTime;
}

/**
 * The process of a launch of which nobody wrote the pid down: the one from which all the others have
 * the instance id, and so the eldest. It leads its own session and group, and began when the launch
 * was intended. Undefined when there is none of which all that is true.
 * @param launchAgeMs how long ago the launch was intended
 */
export function processOfLaunch(
  found: readonly FoundProcess[],
  launchAgeMs: number,
): FoundProcess | undefined {
  const pids = new Set(found.map(({ identity }) => identity.pid));
  const isChild = ({ parent }: FoundProcess) => (pids.has(parent) ? 1 : 0);
  // start times are coarse: of two that began in the same tick, the parent is the elder one
  const [eldest] = [...found].sort(
    (left, right) =>
      right.ageMs - left.ageMs ||
      isChild(left) - isChild(right) ||
      left.identity.pid - right.identity.pid,
  );
  if (eldest === undefined) return undefined;
  const { identity, processGroup, session = processGroup, ageMs } = eldest;
  const leads = processGroup === identity.pid && session === identity.pid;
  const isOfLaunch = ageMs > launchAgeMs - LAUNCH_TAKES_AT_MOST_MS;
  return leads && isOfLaunch ? eldest : undefined;
}

/** For people: which processes these are. */
export function describeProcesses(processes: readonly FoundProcess[]): string {
  const shown = processes
    .slice(0, MAX_DESCRIBED)
    .map(({ identity, name }) => `${identity.pid} (${name})`);
  const more = processes.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
