/** What the agent counts about itself, since its start. */
export interface Statistics {
  batchesSent: number;
  samplesRejected: number;
  batchesDropped: number;
  sendRetries: number;
  snapshotsSent: number;
  snapshotRetries: number;
  commandsReceived: number;
  channelConnects: number;
  collectFailures: number;
}

export function newStatistics(): Statistics {
  return {
    batchesSent: 0,
    samplesRejected: 0,
    batchesDropped: 0,
    sendRetries: 0,
    snapshotsSent: 0,
    snapshotRetries: 0,
    commandsReceived: 0,
    channelConnects: 0,
    collectFailures: 0,
  };
}
