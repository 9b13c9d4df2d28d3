import type { Service } from '@vigil/manifests';
import { isDeepStrictEqual } from 'node:util';

/** What a process is started with: a change of any of these needs a restart. */
const STARTED_WITH = [
  'runtime',
  'command',
  'entrypoint',
  'user',
  'workingDir',
  'env',
  'ports',
] as const;

/** The first field that differs in what a process is started with; undefined when none does. */
export function fieldThatNeedsRestart(running: Service, wanted: Service): string | undefined {
  return STARTED_WITH.find((field) => !isDeepStrictEqual(running.spec[field], wanted.spec[field]));
}
