import { formatPort, type Port, type Service } from '@vigil/manifests';
import {
  desiredContainerFields,
  observedContainerFields,
  publishesPorts,
} from './container-fields.js';
import type { Json, ReplicaState } from './drift.js';
import { directory, segment, type Fields } from './fields.js';

export type { Fields };

/** The fields that a manifest declares; what it leaves out is not among them. */
export function desiredFields({ spec }: Service): Fields {
  const fields = new Map<string, Json>([['/runtime', spec.runtime]]);
  const command = commandOf(spec);
  if (command !== undefined) fields.set('/command', command);
  if (spec.workingDir !== undefined) fields.set('/workingDir', directory(spec.workingDir));
  if (spec.user !== undefined) fields.set('/user', spec.user);
  if (publishesPorts(spec)) fields.set('/ports', portList(spec.runtime, spec.ports));
  // also when there is none: a check that left the manifest must not go on
  fields.set('/healthCheck', spec.healthCheck ?? null);
  for (const [name, value] of Object.entries(spec.env)) fields.set(envPointer(name), value);
  return spec.runtime === 'docker' ? new Map([...fields, ...desiredContainerFields(spec)]) : fields;
}

/** The same fields as a replica really has them. */
export function observedFields({ runtime, config }: ReplicaState, { spec }: Service): Fields {
  const fields = new Map<string, Json>([
    ['/runtime', runtime],
    ['/command', [...config.command]],
    ['/workingDir', config.workingDir === undefined ? null : directory(config.workingDir)],
    ['/user', config.user ?? null],
    [
      '/ports',
      portList(
        runtime,
        config.ports.map(({ hostPort, fixed, ...port }) => (fixed ? { ...port, hostPort } : port)),
      ),
    ],
    ['/healthCheck', config.healthCheck ?? null],
  ]);
  for (const [name, value] of Object.entries(config.env)) fields.set(envPointer(name), value);
  const { container } = config;
  return container === undefined
    ? fields
    : new Map([...fields, ...observedContainerFields(container, spec)]);
}

/** Of a process the two are one list; of a container `entrypoint` is a field of its own. */
function commandOf({ runtime, entrypoint, command }: Service['spec']): string[] | undefined {
  if (runtime === 'docker') return command;
  return command === undefined && entrypoint === undefined
    ? undefined
    : [...(entrypoint ?? []), ...(command ?? [])];
}

function envPointer(name: string): string {
  return `/env/${segment(name)}`;
}

/**
 * As people write them, `8080:80` or `80`. The first one of a process stays first: it is passed as
 * `PORT`.
 */
function portList(runtime: string, ports: readonly Port[]): Json[] {
  const texts = ports.map(formatPort);
  if (runtime === 'docker') return texts.sort();
  const [first, ...rest] = texts;
  return first === undefined ? [] : [first, ...rest.sort()];
}
