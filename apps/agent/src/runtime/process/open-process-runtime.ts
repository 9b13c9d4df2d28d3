import { join } from 'node:path';
import { portRangeOf } from '../../config.js';
import type { RuntimeSurroundings } from '../workload-runtime.js';
import { AdoptedProcesses } from './adopted-processes.js';
import type { HostProcesses } from './host-processes.js';
import { OutputFiles } from './output-files.js';
import { PortBook } from './port-book.js';
import type { ProcessParts } from './process-parts.js';
import { ProcessSupervisor } from './process-supervisor.js';
import { recoverReplicas } from './recover-replicas.js';

const KEPT_OUTPUT_FILES = 1;

/** The runtime `process`, with what an earlier agent has left of it. */
export async function openProcessRuntime(
  { config, home, state, clock, events, log }: RuntimeSurroundings,
  processes: HostProcesses,
): Promise<ProcessSupervisor> {
  const limits = { maxBytes: config.outputBytes, kept: KEPT_OUTPUT_FILES };
  const parts: ProcessParts = {
    state,
    processes,
    adopted: new AdoptedProcesses(processes),
    outputs: new OutputFiles(join(home, 'output'), limits, log.child('output')),
    ports: new PortBook(portRangeOf(config.portRange), home),
    log: log.child('processes'),
    now: Date.now,
    clock,
    events,
  };
  const supervisor = new ProcessSupervisor(parts);
  await recoverReplicas(parts, supervisor);
  return supervisor;
}
