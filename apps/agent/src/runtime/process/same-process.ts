import { isDeepStrictEqual } from 'node:util';
import type { LaunchSpec } from '../../state/agent-document.js';

/** What a process is started with: a change of any of these needs a restart. */
const STARTED_WITH = ['command', 'entrypoint', 'user', 'workingDir', 'env', 'ports'] as const;

/** The first field that differs in what a process is started with; undefined when none does. */
export function fieldThatNeedsRestart(running: LaunchSpec, wanted: LaunchSpec): string | undefined {
  return STARTED_WITH.find((field) => !isDeepStrictEqual(running[field], wanted[field]));
}
