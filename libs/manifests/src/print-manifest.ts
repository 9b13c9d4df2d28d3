import { dump } from 'js-yaml';
import { formatPort } from './authored/port.js';
import { formatDuration } from './duration.js';
import type { Manifest } from './manifest.js';
import type { Policy } from './policy.js';
import { formatBytes, formatCpu } from './quantity.js';
import type { HealthCheck, Remediation, Service } from './service.js';
import type { Source } from './source.js';

/**
 * A canonical manifest as people write it, in YAML. `parseManifests` reads it back as the same
 * manifest, so that what was found on a host can be proposed for Git.
 */
export function printManifest(manifest: Manifest): string {
  const spec = authoredSpec(manifest);
  const { apiVersion, kind, metadata } = manifest;
  // absent fields are left out by way of JSON
  const authored: unknown = JSON.parse(JSON.stringify({ apiVersion, kind, metadata, spec }));
  return dump(authored, { noRefs: true, lineWidth: 100 });
}

function authoredSpec(manifest: Manifest): object {
  switch (manifest.kind) {
    case 'Service':
      return authoredService(manifest);
    case 'Policy':
      return authoredPolicy(manifest);
    case 'Host':
      return manifest.spec;
    case 'Source':
      return authoredSource(manifest);
  }
}

function authoredService({ spec }: Service): object {
  const { resources, healthCheck, remediation, stopGracePeriodMs, ports, ...rest } = spec;
  return {
    ...rest,
    ports: ports.map(formatPort),
    ...(resources === undefined ? {} : { resources: authoredResources(resources) }),
    stopGracePeriod: formatDuration(stopGracePeriodMs),
    ...(healthCheck === undefined ? {} : { healthCheck: authoredCheck(healthCheck) }),
    remediation: authoredRemediation(remediation),
  };
}

function authoredResources({
  cpuCores,
  memoryBytes,
}: NonNullable<Service['spec']['resources']>): object {
  return {
    ...(cpuCores === undefined ? {} : { cpu: formatCpu(cpuCores) }),
    ...(memoryBytes === undefined ? {} : { memory: formatBytes(memoryBytes) }),
  };
}

function authoredCheck(check: HealthCheck): object {
  const timing = {
    interval: formatDuration(check.intervalMs),
    timeout: formatDuration(check.timeoutMs),
    retryInterval: formatDuration(check.retryIntervalMs),
    failureThreshold: check.failureThreshold,
    startPeriod: formatDuration(check.startPeriodMs),
  };
  switch (check.kind) {
    case 'http':
      return { endpoint: check.endpoint, port: check.port, ...timing };
    case 'tcp':
      return { tcp: check.port, ...timing };
    case 'exec':
      return { exec: check.command, ...timing };
  }
}

function authoredRemediation(remediation: Remediation): object {
  const { cooldownPeriodMs, killAfterMs, stableAfterMs, ...rest } = remediation;
  return {
    ...rest,
    cooldownPeriod: formatDuration(cooldownPeriodMs),
    killAfter: formatDuration(killAfterMs),
    stableAfter: formatDuration(stableAfterMs),
  };
}

function authoredPolicy({ spec }: Policy): object {
  const { keepFiringForMs, verify, ...rest } = spec;
  return {
    ...rest,
    ...(keepFiringForMs === undefined ? {} : { keepFiringFor: formatDuration(keepFiringForMs) }),
    ...(verify === undefined
      ? {}
      : { verify: { condition: verify.condition, within: formatDuration(verify.withinMs) } }),
  };
}

function authoredSource({ spec }: Source): object {
  const { ref, intervalMs, ...rest } = spec;
  return {
    ...rest,
    ...('head' in ref ? {} : { ref }),
    ...(intervalMs === undefined ? {} : { interval: formatDuration(intervalMs) }),
  };
}
