import type { Service, ServiceSpec } from '@vigil/manifests';
import { isDeepStrictEqual } from 'node:util';

/** What a launch is made of. A change of any other field is taken over without a restart. */
const LAUNCH_FIELDS = [
  'runtime',
  'image',
  'unit',
  'command',
  'entrypoint',
  'user',
  'workingDir',
  'env',
  'ports',
  'volumes',
  'resources',
] as const satisfies readonly (keyof ServiceSpec)[];

/** True when a replica that was launched by `previous` has to be launched again to run `next`. */
export function needsRestart(previous: Service, next: Service): boolean {
  return LAUNCH_FIELDS.some((field) => !isDeepStrictEqual(previous.spec[field], next.spec[field]));
}
