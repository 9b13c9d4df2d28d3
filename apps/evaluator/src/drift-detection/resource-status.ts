import type {
  ResourceHealth,
  ReplicaObservation,
  ResourceStatusChanged,
  SyncStatus,
  DriftRecord,
} from '@vigil/contracts';
import { ADOPT_PATH } from '@vigil/drift';
import type { ResourceId } from '@vigil/manifests';
import type { EffectiveService } from '../desired/effective-service.js';
import type { Stopped } from '../controls/controls.js';
import type { ObservedReplica } from '../observed/observed-state.js';
import type { ObservedProgress } from '../observed/progress-book.js';
import { whatIsHeld } from './what-is-held.js';

export type ResourceStatus = ResourceStatusChanged;

export interface StatusInput {
  readonly resource: ResourceId;
  readonly source: string | undefined;
  /** Undefined: not declared, or what is wanted cannot be told. */
  readonly effective: EffectiveService | undefined;
  /** Why it is not known what is wanted, for people; undefined when it is. */
  readonly whyUnknown: string | undefined;
  readonly drift: readonly DriftRecord[];
  readonly observed: readonly ObservedReplica[];
  /** What takes its time on hosts that are heard. */
  readonly progress: readonly ObservedProgress[];
  readonly isUnknownHost: (host: string) => boolean;
  readonly stopped: Stopped | undefined;
  readonly isBusy: boolean;
  readonly now: number;
}

/** The two words of Argo CD about a resource, and what they rest on. */
export function resourceStatus(input: StatusInput): ResourceStatus {
  const { resource, source, effective, drift, observed, now } = input;
  const removed = effective === undefined && isGone(input);
  const ready = observed.filter((each) => isReady(each, input.isUnknownHost)).length;
  const sync = syncOf(input);
  const { health, message } = healthOf(input, ready);
  const said = [
    message ?? (sync === 'OutOfSync' ? describeDrift(drift) : undefined),
    ...neverFound(input),
    ...describeEach([...restartsOf(input), ...input.progress]),
  ].filter((part) => part !== undefined);
  return {
    resource,
    ...(source === undefined ? {} : { source }),
    sync,
    health,
    ...(said.length === 0 ? {} : { message: said.join('; ') }),
    desiredReplicas: effective?.service.spec.replicas ?? 0,
    readyReplicas: ready,
    ...(effective === undefined ? {} : { desiredDigest: wantedDigest(effective) }),
    ...(effective?.hold === undefined ? {} : { heldDigest: effective.hold.heldDigest }),
    replicas: observed
      .map((each) => replicaStatus(each, input.isUnknownHost))
      .sort((a, b) => a.replica - b.replica || (a.host < b.host ? -1 : 1)),
    removed,
    at: now,
  };
}

/** Of so many replicas at once it is said what is done for them: a message is a sentence or two. */
const MOST_TOLD = 3;

function describeEach(all: readonly ObservedProgress[]): string[] {
  const told = all
    .slice(0, MOST_TOLD)
    .map(({ host, replica, what }) => `replica ${replica} on ${host}: ${what}`);
  const others = all.length - told.length;
  return others === 0 ? told : [...told, `and ${others} more replicas`];
}

/**
 * Names in `adopt` that no container has, of replicas that were never seen: where they are misspelt, the
 * containers that are meant run beside those that Vigil would make. Records do not say which replica they
 * are about, so that nothing is said while it may be that of a host that nobody knows anything of.
 */
function neverFound({ effective, drift, observed }: StatusInput): string[] {
  const isMissing = drift.some(({ type }) => type === 'missing');
  if (effective === undefined || !isMissing || drift.some(isDoubtful)) return [];
  const { adopt = [], replicas } = effective.service.spec;
  const seen = new Set(observed.map(({ replica }) => replica.replica));
  const names = adopt.slice(0, replicas).filter((_name, replica) => !seen.has(replica));
  if (names.length === 0) return [];
  const others = names.length - MOST_TOLD;
  const told = names.slice(0, MOST_TOLD).join(', ') + (others > 0 ? ` and ${others} more` : '');
  return [`no container ${told} is there to be taken over`];
}

/** There may be a container that is to be taken over, or there is one. */
function isDoubtful({ type, host, path }: DriftRecord): boolean {
  if (type === 'missing') return host === undefined || path === ADOPT_PATH;
  return type === 'unreachable' || type === 'conflict';
}

/** What the engine restarts by itself is asked of nobody: here people see that it ends. */
function restartsOf({ observed, isUnknownHost }: StatusInput): ObservedProgress[] {
  return observed
    .filter(({ host, replica }) => replica.restarting === true && !isUnknownHost(host))
    .map(({ host, replica: { replica, exitCode } }) => {
      const how = exitCode === undefined ? '' : ` with exit code ${exitCode}`;
      return { host, replica, what: `ended${how}, its engine is about to start it again` };
    })
    .sort((a, b) => a.replica - b.replica || (a.host < b.host ? -1 : 1));
}

/** True when two statuses differ in nothing but what they say to people. */
export function isSameButForMessage(a: ResourceStatus, b: ResourceStatus): boolean {
  const { message: _saidBefore, ...before } = a;
  const { message: _said, ...now } = b;
  return isSameStatus(before, now);
}

/** True when two statuses say the same; the time of saying it does not count. */
export function isSameStatus(a: ResourceStatus | undefined, b: ResourceStatus): boolean {
  return a !== undefined && JSON.stringify({ ...a, at: 0 }) === JSON.stringify({ ...b, at: 0 });
}

function wantedDigest({ digest, hold }: EffectiveService): string {
  return hold?.failedDigest ?? digest;
}

/** Differences of health and reachability say nothing about whether Git is in force. */
const NOT_ABOUT_SYNC: readonly DriftRecord['type'][] = ['health', 'unreachable'];

function syncOf({ whyUnknown, effective, drift }: StatusInput): SyncStatus {
  if (whyUnknown !== undefined) return 'Unknown';
  if (drift.some(({ type }) => !NOT_ABOUT_SYNC.includes(type))) return 'OutOfSync';
  if (effective?.hold !== undefined) return 'OutOfSync';
  return drift.some(({ type }) => type === 'unreachable') ? 'Unknown' : 'Synced';
}

interface HealthVerdict {
  readonly health: ResourceHealth;
  readonly message?: string;
}

/** The first rule that applies, in the order of what an operator has to know first. */
function healthOf(input: StatusInput, ready: number): HealthVerdict {
  const { effective, drift, observed, stopped, isUnknownHost } = input;
  if (effective === undefined) return unwantedHealth(input);
  if (effective.stopped) return { health: 'Suspended', message: 'stopped by an operator' };
  if (stopped?.scope === 'resource') {
    return { health: 'Suspended', message: `suspended: ${stopped.control.reason}` };
  }
  const unknown = drift.find(({ type }) => type === 'unreachable');
  if (unknown !== undefined) {
    return { health: 'Unknown', message: silence(unknown) };
  }
  if (effective.hold !== undefined) {
    return {
      health: 'Degraded',
      message: `rolled back: ${whatIsHeld(effective.hold)}`,
    };
  }
  const wanted = effective.service.spec.replicas;
  const running = observed.filter(({ replica }) => replica.state === 'running').length;
  const unhealthy = observed.find(({ replica }) => replica.health.status === 'unhealthy');
  if (unhealthy !== undefined) {
    const { replica, health } = unhealthy.replica;
    const { message: why = 'its check fails' } = health;
    return { health: 'Degraded', message: `replica ${replica} is unhealthy: ${why}` };
  }
  if (ready >= wanted) return { health: 'Healthy' };
  if (input.isBusy) return { health: 'Progressing', message: 'an action is under way' };
  const conflict = drift.find(({ type }) => type === 'conflict');
  if (conflict !== undefined) {
    const health = running === 0 ? 'Missing' : 'Degraded';
    return {
      health,
      message: `${said(conflict)}: a replica on ${conflict.host ?? 'a host'} cannot be started`,
    };
  }
  if (running === 0) return { health: 'Missing', message: `none of ${wanted} replicas runs` };
  const starting = observed.some(
    (each) => each.replica.health.status === 'starting' && !isUnknownHost(each.host),
  );
  if (starting && running >= wanted) return { health: 'Progressing', message: 'starting' };
  return { health: 'Degraded', message: `${ready} of ${wanted} replicas are ready` };
}

function silence(unknown: DriftRecord): string {
  const host = unknown.host ?? 'a host';
  const what = said(unknown);
  return what === 'unreachable' ? `${host} is unreachable` : `${what} on ${host}`;
}

function said({ observed }: DriftRecord): string {
  return typeof observed === 'string' ? observed : 'unreachable';
}

function unwantedHealth(input: StatusInput): HealthVerdict {
  const { whyUnknown } = input;
  if (whyUnknown !== undefined) return { health: 'Unknown', message: whyUnknown };
  if (isGone(input)) return { health: 'Missing', message: 'removed' };
  return { health: 'Unknown', message: 'no longer in Git' };
}

/** Where a difference stays open although nothing is seen, its host is unknown, or being changed. */
function isGone({ whyUnknown, observed, drift }: StatusInput): boolean {
  return whyUnknown === undefined && observed.length === 0 && drift.length === 0;
}

function isReady({ host, replica }: ObservedReplica, isUnknownHost: (host: string) => boolean) {
  const { status } = replica.health;
  const healthy = status === 'healthy' || status === 'none';
  return replica.state === 'running' && !replica.suspended && healthy && !isUnknownHost(host);
}

function replicaStatus(
  { host, replica }: ObservedReplica,
  isUnknownHost: (host: string) => boolean,
): ResourceStatus['replicas'][number] {
  const unknown = isUnknownHost(host);
  return {
    replica: replica.replica,
    host,
    runtime: replica.runtime,
    state: unknown ? 'unknown' : replica.suspended ? 'suspended' : replica.state,
    health: unknown ? 'unknown' : healthWord(replica),
    ...(replica.pid === undefined || unknown ? {} : { pid: replica.pid }),
    ports: replica.config.ports.map(({ hostPort }) => hostPort),
    startedAt: replica.startedAt,
    ...containerOf(replica),
  };
}

/** What has ended is not starting, whatever is remembered of its check; what is kept down is not checked. */
function healthWord({ state, health: { status } }: ReplicaObservation): string {
  if (state === 'stopped') return 'none';
  return state === 'exited' && status !== 'none' ? 'unhealthy' : status;
}

function containerOf({
  config: { container },
}: ReplicaObservation): Pick<ResourceStatus['replicas'][number], 'container'> {
  if (container === undefined) return {};
  const { id, name, image } = container;
  return { container: { id, name, image: image.reference } };
}

function describeDrift(drift: readonly DriftRecord[]): string {
  const types = [...new Set(drift.map(({ type }) => type))].sort();
  return `differs: ${types.join(', ')}`;
}
