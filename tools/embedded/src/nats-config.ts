import { isAtLeast, type NatsServerBinary } from './nats-binary.js';

export interface NatsSettings {
  readonly serverName: string;
  /** On 127.0.0.1; −1 lets the server choose. */
  readonly port: number;
  readonly storeDirectory: string;
  /** Without it everyone on this machine may connect. */
  readonly credentials?: { readonly user: string; readonly password: string };
  readonly version: NatsServerBinary['version'];
}

/**
 * The configuration file of an embedded server. It may hold a password: write it with mode 0600.
 * The store's size is given because the default is a share of the free disk, and streams that reserve
 * their maximum would be refused on a small one.
 */
export function renderNatsConfig(settings: NatsSettings): string {
  // 2.9 refuses the setting, and syncs every two minutes
  const sync = isAtLeast(settings.version, [2, 10, 0]) ? ['  sync_interval: "1s"'] : [];
  const authorization =
    settings.credentials === undefined
      ? []
      : [
          'authorization {',
          `  user: ${quote(settings.credentials.user)}`,
          `  password: ${quote(settings.credentials.password)}`,
          '}',
        ];
  return [
    `server_name: ${quote(settings.serverName)}`,
    'host: "127.0.0.1"',
    `port: ${String(settings.port)}`,
    'jetstream {',
    `  store_dir: ${quote(settings.storeDirectory)}`,
    '  max_memory_store: 256MB',
    '  max_file_store: 32GB',
    ...sync,
    '}',
    ...authorization,
    '',
  ].join('\n');
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
