import type { Statistics } from '../delivery/statistics.js';
import type { Spool } from '../spool/spool.js';
import { samples, type Collector } from './collector.js';

/** What the agent costs and what it has done, as `vigil_agent_*`. */
export function ownUsage(statistics: Statistics, spool: Pick<Spool, 'figures'>): Collector {
  return {
    name: 'agent',
    collect() {
      const { user, system } = process.cpuUsage();
      const { bytes, dropped, inMemory } = spool.figures;
      return samples(
        { name: 'vigil_agent_resident_memory_bytes', value: process.memoryUsage.rss() },
        { name: 'vigil_agent_cpu_seconds_total', value: (user + system) / 1e6 },
        { name: 'vigil_agent_batches_sent_total', value: statistics.batchesSent },
        { name: 'vigil_agent_send_retries_total', value: statistics.sendRetries },
        {
          name: 'vigil_agent_batches_dropped_total',
          value: statistics.batchesDropped + dropped,
        },
        { name: 'vigil_agent_samples_rejected_total', value: statistics.samplesRejected },
        { name: 'vigil_agent_spool_bytes', value: bytes },
        { name: 'vigil_agent_batches_in_memory', value: inMemory },
        { name: 'vigil_agent_snapshots_sent_total', value: statistics.snapshotsSent },
        { name: 'vigil_agent_snapshot_retries_total', value: statistics.snapshotRetries },
        { name: 'vigil_agent_commands_received_total', value: statistics.commandsReceived },
        { name: 'vigil_agent_channel_connects_total', value: statistics.channelConnects },
        { name: 'vigil_agent_collect_failures_total', value: statistics.collectFailures },
      );
    },
  };
}
