import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  randomUUID,
} from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where things lie in VIGIL_HOME. */
export interface HomeLayout {
  readonly root: string;
  readonly adminKey: string;
  readonly instance: string;
  readonly signingKey: string;
  readonly signingPublicKey: string;
  readonly postgresPassword: string;
  /** Default place of PostgreSQL's data. */
  readonly postgresData: string;
  /** Says where the data is, when PostgreSQL's user could not reach the default place. */
  readonly postgresLocation: string;
  readonly natsPassword: string;
  readonly natsConfig: string;
  readonly natsStore: string;
  /** A nats-server that was unpacked for this installation. */
  readonly natsPackage: string;
  readonly ports: string;
  readonly logs: string;
  readonly run: string;
  readonly compileCache: string;
}

export function homeLayout(root: string): HomeLayout {
  return {
    root,
    adminKey: join(root, 'admin.key'),
    instance: join(root, 'instance'),
    signingKey: join(root, 'command-signing.key'),
    signingPublicKey: join(root, 'command-signing.pub'),
    postgresPassword: join(root, 'postgres.password'),
    postgresData: join(root, 'postgres'),
    postgresLocation: join(root, 'postgres.location'),
    natsPassword: join(root, 'nats.password'),
    natsConfig: join(root, 'nats.conf'),
    natsStore: join(root, 'nats'),
    natsPackage: join(root, 'nats-server'),
    ports: join(root, 'ports.json'),
    logs: join(root, 'logs'),
    run: join(root, 'run'),
    compileCache: join(root, 'cache'),
  };
}

/** Makes the folders. Others may pass through (PostgreSQL's own user has to) but not look around. */
export function makeHome(home: HomeLayout): void {
  mkdirSync(home.root, { recursive: true });
  chmodSync(home.root, 0o711);
  for (const folder of [home.logs, home.run, home.compileCache, home.natsStore]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
}

/** What an installation makes once and then keeps. Files that hold secrets have mode 0600. */
export interface Identity {
  readonly instance: string;
  readonly adminKey: string;
  readonly postgresPassword: string;
  readonly natsPassword: string;
}

export function readOrMakeIdentity(home: HomeLayout): Identity {
  makeSigningKeys(home);
  return {
    instance: keep(home.instance, () => randomUUID(), 0o644),
    adminKey: keep(home.adminKey, () => `vgl_${randomSecret()}`),
    postgresPassword: keep(home.postgresPassword, randomSecret),
    natsPassword: keep(home.natsPassword, randomSecret),
  };
}

function makeSigningKeys(home: HomeLayout): void {
  const privatePem = keep(home.signingKey, () =>
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  );
  keep(
    home.signingPublicKey,
    () =>
      createPublicKey(createPrivateKey(privatePem))
        .export({ type: 'spki', format: 'pem' })
        .toString(),
    0o644,
  );
}

/** 256 bits, without characters that mean something in a URL or a configuration file. */
function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}

function keep(path: string, make: () => string, mode = 0o600): string {
  if (!existsSync(path)) {
    writeFileSync(path, `${make().trimEnd()}\n`, { mode, flag: 'wx' });
  }
  chmodSync(path, mode);
  const text = readFileSync(path, 'utf8').trim();
  if (text === '') throw new Error(`${path} is empty; remove it to have a new one made`);
  return text;
}
