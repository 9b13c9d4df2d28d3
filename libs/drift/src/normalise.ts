import type { Service } from '@vigil/manifests';
import type { Json, ReplicaState } from './drift.js';

/** Fields of a spec in one form: JSON Pointer → value. */
export type Fields = ReadonlyMap<string, Json>;

/** The fields that a manifest declares; what it leaves out is not among them. */
export function desiredFields({ spec }: Service): Fields {
  const fields = new Map<string, Json>([['/runtime', spec.runtime]]);
  if (spec.command !== undefined || spec.entrypoint !== undefined) {
    fields.set('/command', [...(spec.entrypoint ?? []), ...(spec.command ?? [])]);
  }
  if (spec.workingDir !== undefined) fields.set('/workingDir', directory(spec.workingDir));
  if (spec.user !== undefined) fields.set('/user', spec.user);
  fields.set('/ports', portList(spec.ports));
  // also when there is none: a check that left the manifest must not go on
  fields.set('/healthCheck', spec.healthCheck ?? null);
  for (const [name, value] of Object.entries(spec.env)) fields.set(envPointer(name), value);
  return fields;
}

/** The same fields as a replica really has them. */
export function observedFields({ runtime, config }: ReplicaState): Fields {
  const fields = new Map<string, Json>([
    ['/runtime', runtime],
    ['/command', [...config.command]],
    ['/workingDir', config.workingDir === undefined ? null : directory(config.workingDir)],
    ['/user', config.user ?? null],
    [
      '/ports',
      portList(
        config.ports.map(({ port, hostPort, fixed }) => (fixed ? { port, hostPort } : { port })),
      ),
    ],
    ['/healthCheck', config.healthCheck ?? null],
  ]);
  for (const [name, value] of Object.entries(config.env)) fields.set(envPointer(name), value);
  return fields;
}

function envPointer(name: string): string {
  return `/env/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** `/srv/` and `/srv` are one directory. */
function directory(path: string): string {
  return path.replace(/(?<=.)\/+$/, '');
}

/** As people write them, `8080:80` or `80`. The first one stays first: it is passed as `PORT`. */
function portList(
  ports: readonly { readonly port: number; readonly hostPort?: number | undefined }[],
): Json[] {
  const texts = ports.map(({ port, hostPort }) =>
    hostPort === undefined ? `${port}` : `${hostPort}:${port}`,
  );
  const [first, ...rest] = texts;
  return first === undefined ? [] : [first, ...rest.sort()];
}
