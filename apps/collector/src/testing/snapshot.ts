import type { StateSnapshot } from '@vigil/contracts';
import { parseResourceId } from '@vigil/manifests';

/** A snapshot of a host with one running process. */
export function snapshotOf(counter: number, epoch = 1_763_700_000_000): StateSnapshot {
  const resource = parseResourceId('production/web');
  if (resource === undefined) throw new Error('production/web is a resource');
  return {
    sequence: { epoch, counter },
    observedAt: epoch + counter,
    agentVersion: '0.1.0',
    runtimes: ['process'],
    stopped: false,
    replicas: [
      {
        resource,
        replica: 0,
        runtime: 'process',
        instance: `${epoch}-1`,
        state: 'running',
        suspended: false,
        pid: 1,
        startedAt: epoch,
        specDigest: 'a'.repeat(64),
        config: { command: ['node'], env: {}, ports: [] },
        health: { status: 'none', consecutiveFailures: 0 },
      },
    ],
  };
}
