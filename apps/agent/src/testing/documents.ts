import type { CommandResult } from '@vigil/contracts';
import { resourceId } from '@vigil/manifests';
import { launchSpecOf, type CommandRecord, type Launch } from '../state/agent-document.js';
import { digestOf } from './digest.js';
import { processService } from './service-manifest.js';

/** A launch of a replica, with a process. */
export function launchOf(instance: string, parts: Partial<Launch> = {}): Launch {
  return {
    instance,
    commandId: `command-of-${instance}`,
    spec: launchSpecOf(processService('web').spec),
    specDigest: digestOf('web'),
    ports: [{ port: 80, hostPort: 20_080, fixed: false }],
    startedAt: 1_000,
    ...parts,
  };
}

export const WEB = resourceId({ namespace: 'test', kind: 'Service', name: 'web' });

export function commandRecord(
  commandId: string,
  parts: Partial<CommandRecord> = {},
): CommandRecord {
  return {
    commandId,
    nonce: `nonce-of-${commandId}`,
    actionId: 'action',
    resource: WEB,
    replica: 0,
    kind: 'start',
    acceptedAt: 1_000,
    expiresAt: 31_000,
    acknowledged: false,
    ...parts,
  };
}

export function resultOf(commandId: string, parts: Partial<CommandResult> = {}): CommandResult {
  return {
    commandId,
    actionId: 'action',
    host: 'web-1',
    status: 'succeeded',
    startedAt: 1_000,
    finishedAt: 1_100,
    ...parts,
  };
}
