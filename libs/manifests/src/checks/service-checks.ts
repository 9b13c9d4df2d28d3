import { healthCheckProblem } from '../authored/health-check.js';
import type { AuthoredServiceSpec } from '../authored/service.js';
import type { Runtime } from '../service.js';
import type { Accept } from './check.js';

/** What must hold between the fields of one service. Paths are relative to `spec`. */
export function checkService(spec: AuthoredServiceSpec, accept: Accept): void {
  for (const check of CHECKS) check(spec, accept);
}

type Check = (spec: AuthoredServiceSpec, accept: Accept) => void;
type Field = keyof AuthoredServiceSpec;

const CHECKS: readonly Check[] = [
  requiresWhatItRuns,
  refusesWhatItsRuntimeIgnores,
  scalesAroundItsReplicas,
  hasDistinctPorts,
  publishesOnlyPortsOfContainers,
  adoptsOneForEachReplica,
  placesFixedPortsOncePerHost,
  hasOneHealthCheck,
  leavesThePortToTheAgent,
  expandsNoVariables,
  hasARuntimeThatActs,
  limitsNoRestarts,
];

const RUNS: Readonly<Record<Runtime, { field: 'image' | 'unit' | 'command'; example: string }>> = {
  docker: { field: 'image', example: 'nginx:1.27' },
  systemd: { field: 'unit', example: 'nginx.service' },
  process: { field: 'command', example: '[node, server.js]' },
};

const OF_CONTAINERS: readonly Field[] = [
  'image',
  'entrypoint',
  'volumes',
  'pullPolicy',
  'imagePullSecret',
  'networks',
  'labels',
  'capabilities',
  'readOnly',
  'logging',
  'adopt',
];

/** Fields that mean nothing to a runtime; a silent one would look as if it had an effect. */
const FOREIGN: Readonly<Record<Runtime, readonly Field[]>> = {
  docker: ['unit'],
  systemd: [...OF_CONTAINERS, 'command', 'user', 'workingDir', 'env', 'ports'],
  process: [...OF_CONTAINERS, 'unit'],
};

function requiresWhatItRuns(spec: AuthoredServiceSpec, accept: Accept): void {
  const { field, example } = RUNS[spec.runtime];
  if (spec[field] !== undefined) return;
  accept(
    'error',
    [field],
    `found nothing, expected ${field} for runtime ${spec.runtime}, such as ${example}`,
  );
}

function refusesWhatItsRuntimeIgnores(spec: AuthoredServiceSpec, accept: Accept): void {
  for (const field of FOREIGN[spec.runtime]) {
    if (isAbsent(spec[field])) continue;
    accept('error', [field], `found ${field}, expected none with runtime ${spec.runtime}`);
  }
}

function isAbsent(value: AuthoredServiceSpec[Field]): boolean {
  return value === undefined || (typeof value === 'object' && Object.keys(value).length === 0);
}

function scalesAroundItsReplicas(spec: AuthoredServiceSpec, accept: Accept): void {
  const { scale, replicas } = spec;
  if (scale === undefined) return;
  if (scale.min > scale.max) {
    accept(
      'error',
      ['scale', 'min'],
      `found min ${scale.min} above max ${scale.max}, expected min ≤ max`,
    );
    return;
  }
  if (replicas < scale.min || replicas > scale.max) {
    accept(
      'error',
      ['replicas'],
      `found ${replicas} replicas, expected from ${scale.min} to ${scale.max} as in scale`,
    );
  }
}

function hasDistinctPorts(spec: AuthoredServiceSpec, accept: Accept): void {
  const seen = { port: new Set<string>(), hostPort: new Set<string>() };
  spec.ports.forEach((entry, index) => {
    for (const field of ['port', 'hostPort'] as const) {
      if (entry[field] === undefined) continue;
      const name = `${entry[field]}${entry.protocol === 'udp' ? '/udp' : ''}`;
      if (seen[field].has(name)) {
        const what = field === 'port' ? 'port' : 'host port';
        accept('error', ['ports', index], `found ${what} ${name} twice, expected it once`);
      }
      seen[field].add(name);
    }
  });
}

/** A process binds its ports itself, and is told no more of them than their numbers. */
function publishesOnlyPortsOfContainers(spec: AuthoredServiceSpec, accept: Accept): void {
  if (spec.runtime === 'docker') return;
  spec.ports.forEach((entry, index) => {
    if (entry.protocol === undefined && entry.hostAddress === undefined) return;
    const what = entry.protocol === undefined ? 'an address of the host' : 'a UDP port';
    accept('error', ['ports', index], `found ${what}, expected it only with runtime docker`);
  });
}

function adoptsOneForEachReplica(
  { adopt = [], replicas, scale }: AuthoredServiceSpec,
  accept: Accept,
) {
  const most = Math.max(replicas, scale?.max ?? 0);
  if (adopt.length > most) {
    accept(
      'error',
      ['adopt'],
      `found ${adopt.length} containers, expected at most one for each of the ${most} replicas`,
    );
  }
  adopt.forEach((name, index) => {
    if (adopt.indexOf(name) === index) return;
    accept('error', ['adopt', index], `found container ${name} twice, expected it once`);
  });
}

function placesFixedPortsOncePerHost(spec: AuthoredServiceSpec, accept: Accept): void {
  if (spec.replicas < 2) return;
  spec.ports.forEach((entry, index) => {
    if (entry.hostPort === undefined) return;
    accept(
      'warning',
      ['ports', index],
      `host port ${entry.hostPort} is fixed: each of the ${spec.replicas} replicas needs a host of its own`,
    );
  });
}

function hasOneHealthCheck(spec: AuthoredServiceSpec, accept: Accept): void {
  if (spec.healthCheck === undefined) return;
  const problem = healthCheckProblem(spec.healthCheck, spec.ports);
  if (problem === undefined) return;
  const path = problem.field === undefined ? ['healthCheck'] : ['healthCheck', problem.field];
  accept('error', path, problem.message);
}

function leavesThePortToTheAgent(spec: AuthoredServiceSpec, accept: Accept): void {
  if (spec.runtime !== 'process' || spec.ports.length === 0 || !('PORT' in spec.env)) return;
  accept(
    'warning',
    ['env', 'PORT'],
    'PORT is set by the agent to the assigned port: the value given here is not used',
  );
}

function expandsNoVariables(spec: AuthoredServiceSpec, accept: Accept): void {
  for (const [name, value] of Object.entries(spec.env)) {
    if (typeof value !== 'string') continue;
    const variable = /\$\{[^}]*\}/.exec(value)?.[0];
    if (variable === undefined) continue;
    accept('warning', ['env', name], `${variable} is passed on as it stands: nothing expands it`);
  }
}

/** A manifest that nothing carries out would look as if something had failed. */
function hasARuntimeThatActs({ runtime }: AuthoredServiceSpec, accept: Accept): void {
  if (runtime !== 'systemd') return;
  accept('warning', ['runtime'], 'no agent runs systemd units yet: nothing starts it');
}

function limitsNoRestarts({ remediation }: AuthoredServiceSpec, accept: Accept): void {
  if (remediation.maxRestarts === undefined) return;
  const message = 'maxRestarts has no effect yet: what keeps failing waits longer each time';
  accept('warning', ['remediation', 'maxRestarts'], message);
}
