import type { Host } from '../host.js';
import { POLICY_ACTION_ALIASES, type Policy } from '../policy.js';
import type { Service, ServiceSpec } from '../service.js';
import type { GitRef, Source } from '../source.js';
import { toHealthCheck } from './health-check.js';
import type { AuthoredHost } from './host.js';
import { DEFAULT_NAMESPACE } from './metadata.js';
import type { AuthoredBarePolicy, AuthoredPolicy, AuthoredPolicySpec } from './policy.js';
import type { AuthoredService, AuthoredServiceSpec } from './service.js';
import type { AuthoredSource } from './source.js';

/** Restarts in an hour, where the manifest does not say; no gate reads it yet. */
const DEFAULT_MAX_RESTARTS = 5;

/** The canonical form of a checked service. */
export function toService(authored: AuthoredService): Service {
  const { apiVersion, kind, metadata, spec } = authored;
  return { apiVersion, kind, metadata, spec: toServiceSpec(spec) };
}

function toServiceSpec(spec: AuthoredServiceSpec): ServiceSpec {
  const { placement, resources, remediation } = spec;
  const healthCheck =
    spec.healthCheck === undefined ? undefined : toHealthCheck(spec.healthCheck, spec.ports);
  return {
    runtime: spec.runtime,
    placement,
    replicas: spec.replicas,
    scale: spec.scale,
    image: spec.image,
    unit: spec.unit === undefined ? undefined : unitName(spec.unit),
    command: spec.command,
    entrypoint: spec.entrypoint,
    user: spec.user,
    workingDir: spec.workingDir,
    env: spec.env,
    ports: spec.ports,
    volumes: spec.volumes,
    pullPolicy: spec.pullPolicy,
    imagePullSecret: spec.imagePullSecret,
    networks: spec.networks,
    labels: spec.labels,
    capabilities: spec.capabilities,
    readOnly: spec.readOnly,
    logging: spec.logging,
    adopt: spec.adopt,
    resources:
      resources === undefined
        ? undefined
        : { cpuCores: resources.cpu, memoryBytes: resources.memory },
    stopGracePeriodMs: spec.stopGracePeriod,
    healthCheck,
    dependsOn: spec.dependsOn,
    remediation: {
      mode: remediation.mode,
      restartThreshold: remediation.restartThreshold,
      cooldownPeriodMs: remediation.cooldownPeriod,
      maxUnavailable: remediation.maxUnavailable,
      killAfterMs: remediation.killAfter,
      stableAfterMs: remediation.stableAfter,
      maxRestarts: remediation.maxRestarts ?? DEFAULT_MAX_RESTARTS,
    },
    drift: spec.drift,
    prune: spec.prune,
  };
}

/** The canonical form of a checked host. */
export function toHost({ apiVersion, kind, metadata, spec }: AuthoredHost): Host {
  return { apiVersion, kind, metadata, spec: { labels: spec.labels } };
}

/** The canonical form of a checked source. */
export function toSource({ apiVersion, kind, metadata, spec }: AuthoredSource): Source {
  const { ref, interval, ...rest } = spec;
  return {
    apiVersion,
    kind,
    metadata,
    spec: { ...rest, ref: toRef(ref), intervalMs: interval },
  };
}

function toRef({ branch, tag, semver, commit }: AuthoredSource['spec']['ref']): GitRef {
  if (branch !== undefined) return { branch };
  if (tag !== undefined) return { tag };
  if (semver !== undefined) return { semver };
  return commit === undefined ? { head: true } : { commit };
}

/** The canonical form of a checked policy. */
export function toPolicy(authored: AuthoredPolicy): Policy {
  const { apiVersion, kind, metadata, spec } = authored;
  return { apiVersion, kind, metadata, spec: toPolicySpec(spec) };
}

/** The canonical form of an entry of the bare `policies:` list. */
export function fromBarePolicy({ name, ...spec }: AuthoredBarePolicy): Policy {
  return {
    apiVersion: 'vigil.io/v1',
    kind: 'Policy',
    metadata: { name, namespace: spec.namespace ?? DEFAULT_NAMESPACE, labels: {} },
    spec: toPolicySpec(spec),
  };
}

function toPolicySpec(spec: AuthoredPolicySpec): Policy['spec'] {
  const { action, scaleBy, keepFiringFor, verify, ...rest } = spec;
  return {
    ...rest,
    ...actionOf(action, scaleBy),
    keepFiringForMs: keepFiringFor,
    verify:
      verify === undefined ? undefined : { condition: verify.condition, withinMs: verify.within },
  };
}

function actionOf(action: AuthoredPolicySpec['action'], scaleBy: number | undefined) {
  if (action === 'restart_service' || action === 'scale_up' || action === 'scale_down') {
    return POLICY_ACTION_ALIASES[action];
  }
  return { action, scaleBy };
}

/** systemd takes a name without a suffix for a service. */
function unitName(unit: string): string {
  return /\.(?:service|socket|timer|path|target|mount)$/.test(unit) ? unit : `${unit}.service`;
}
