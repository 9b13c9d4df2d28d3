import { renderNatsConfig, type NatsServerBinary } from '@vigil/embedded';
import { writeFileSync } from 'node:fs';
import type { HomeLayout, Identity } from './home.js';
import { greets } from './readiness.js';
import type { ProcessSpec } from './supervised-process.js';

const USER = 'vigil';

export interface EmbeddedNats {
  readonly url: string;
  readonly process: ProcessSpec;
}

/** Writes the configuration, and says how the server is run. */
export function prepareNats(
  home: HomeLayout,
  identity: Identity,
  binary: NatsServerBinary,
  port: number,
): EmbeddedNats {
  const config = renderNatsConfig({
    serverName: `vigil-${identity.instance}`,
    port,
    storeDirectory: home.natsStore,
    credentials: { user: USER, password: identity.natsPassword },
    version: binary.version,
  });
  writeFileSync(home.natsConfig, config, { mode: 0o600 });
  return {
    url: `nats://${USER}:${identity.natsPassword}@127.0.0.1:${port}`,
    process: {
      name: 'nats-server',
      command: binary.path,
      args: ['-c', home.natsConfig],
      env: { PATH: process.env['PATH'] ?? '' },
      channel: false,
      isReady: () => greets(port),
      stopSignal: 'SIGTERM',
      stopPatienceMs: 20_000,
    },
  };
}
