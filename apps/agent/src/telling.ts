import type { CheckAttempt, DescriptionOutcome } from '@vigil/contracts';
import { join } from 'node:path';
import { Channel } from './channel/channel.js';
import { greeting, onDownlink, type DownlinkParts } from './channel/on-downlink.js';
import { CommandHandler } from './commands/command-handler.js';
import { allowedOperations, type AgentConfig } from './config.js';
import { BatchSender } from './delivery/batch-sender.js';
import { Batcher } from './delivery/batcher.js';
import { SnapshotPusher } from './delivery/snapshot-pusher.js';
import { newStatistics } from './delivery/statistics.js';
import type { Credentials } from './enrolment/credentials.js';
import { KeyRenewal } from './enrolment/key-renewal.js';
import { allCollectors } from './host-metrics/all-collectors.js';
import { Collection } from './host-metrics/collection.js';
import type { HostSample } from './host-metrics/collector.js';
import { ownUsage } from './host-metrics/own-usage.js';
import { replicaUsage } from './host-metrics/replica-usage.js';
import { HttpClient } from './http/http-client.js';
import type { Log } from './log/log.js';
import { Observer } from './observation/observer.js';
import { Spool } from './spool/spool.js';
import type { Supervision } from './supervision.js';

/** DESIGN 5: a snapshot on every change, and this often regardless. */
const SNAPSHOT_EVERY_MS = 30_000;

/** Descriptions serve to take containers over. */
const NOT_ALLOWED: DescriptionOutcome = {
  status: 'failed',
  code: 'not-allowed',
  message: 'VIGIL_ALLOWED_ACTIONS of this host does not allow adopt',
};

/** How this agent stands with its collector. */
export interface Standing {
  readonly credentials: Credentials;
  /** The one-time token as it is configured now, should the key be refused. */
  readonly token: () => string | undefined;
}

/** The whole exchange with the collector: metrics and checks, state, commands. */
export interface Telling {
  onChange(): void;
  onAttempt(attempt: CheckAttempt): void;
  /** The samples of the last collection. */
  samples(): readonly HostSample[];
  /** What keeps the collector from knowing and commanding this host. */
  notReady(): string[];
  /** Runs until the signal is aborted. */
  run(signal: AbortSignal): Promise<void>;
}

export async function tellCollector(
  config: AgentConfig,
  home: string,
  { credentials, token }: Standing,
  { state, runtimes, clock }: Supervision,
  log: Log,
): Promise<Telling> {
  const collectorUrl = new URL(config.collectorUrl);
  const { agentId } = credentials;
  const statistics = newStatistics();
  const limits = { maxBytes: config.spoolBytes, maxAgeMs: config.spoolAgeMs };
  const spool = await Spool.open(join(home, 'spool'), limits, log.child('spool'));

  const observer = new Observer(state, runtimes, clock, () => credentials.installation);
  // separate connections: a snapshot never waits behind a batch
  const stateClient = new HttpClient(collectorUrl);
  const batchClient = new HttpClient(collectorUrl);
  const pusher = new SnapshotPusher(
    stateClient,
    credentials,
    () => observer.snapshot(),
    statistics,
    log.child('state'),
  );
  const sender = new BatchSender(batchClient, credentials, spool, statistics, log.child('batches'));
  const collectors = [...allCollectors(), replicaUsage(runtimes), ownUsage(statistics, spool)];
  const collection = new Collection(collectors, log.child('metrics'));
  const batcher = new Batcher(
    { source: agentId, epoch: state.epoch },
    collection,
    spool,
    statistics,
  );

  const policy = {
    host: agentId,
    publicKey: () => credentials.commandKey,
    allowed: allowedOperations(config),
  };
  const commands = new CommandHandler(policy, state, runtimes, log.child('commands'));
  await commands.settleInterrupted();
  const channelLog = log.child('channel');
  const parts: DownlinkParts = {
    commands,
    observer,
    state,
    describe: (names) =>
      policy.allowed.has('adopt') ? runtimes.describe(names) : Promise.resolve(NOT_ALLOWED),
    log: channelLog,
    send: (message) => void channel.send(message),
    onChange: () => pusher.push(),
  };
  const channel = new Channel(
    { collectorUrl, credentials },
    {
      onOpen() {
        statistics.channelConnects += 1;
        // who holds the channel is up: whatever waits for it need not wait longer
        pusher.push();
        sender.nudge();
        return greeting(parts);
      },
      onMessage(message) {
        if (message.type === 'command') statistics.commandsReceived += 1;
        onDownlink(message, parts).catch((error: unknown) =>
          channelLog.error('a message of the collector could not be handled', error, {
            type: message.type,
          }),
        );
      },
    },
    channelLog,
  );

  const renewal = new KeyRenewal({
    collectorUrl,
    home,
    token,
    credentials,
    onAccepted() {
      pusher.push();
      sender.nudge();
      channel.nudge();
    },
    log: log.child('enrolment'),
  });

  return {
    onChange: () => pusher.push(),
    onAttempt: (attempt) => batcher.addCheck(attempt),
    samples: () => batcher.lastCollection.samples,
    notReady: () => [
      ...(renewal.problem === undefined ? [] : [renewal.problem]),
      ...(channel.isOpen ? [] : ['the channel to the collector is not open']),
      ...(pusher.isAcknowledged ? [] : ['the collector does not know the state of this host']),
    ],
    async run(signal) {
      pusher.push();
      const regularly = setInterval(() => pusher.push(), SNAPSHOT_EVERY_MS);
      await Promise.all([
        // commands come over the channel: it should not wait longer than the state did
        pusher.run(agentId, signal, () => channel.nudge()),
        channel.run(signal),
        batcher.run(config.metricsIntervalMs, signal),
        sender.run(signal),
        renewal.run(signal),
      ]);
      clearInterval(regularly);
      await Promise.all([stateClient.close(), batchClient.close(), spool.close()]);
    },
  };
}
