import type { OperationOutcome } from '../../workload-runtime.js';
import { unmet, type Desired, type Task } from './task.js';

/**
 * Preparing may have taken minutes: stop-the-world may have come meanwhile, or what is there be another
 * launch by now.
 */
export function lateObjection(
  task: Task,
  { precondition }: Pick<Desired, 'precondition'>,
): OperationOutcome | undefined {
  if (task.parts.state.stopped) {
    return { status: 'refused', code: 'stopped', message: 'stop-the-world is in force' };
  }
  return unmet(task, precondition);
}
