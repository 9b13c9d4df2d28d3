import { z } from 'zod';
import type { RegistryCredentials } from '../engine/engine.js';

/** Docker's `config.json`, as far as it holds credentials itself. */
const DockerConfig = z.object({
  auths: z.record(
    z.string(),
    z.object({
      auth: z.string().optional(),
      username: z.string().optional(),
      password: z.string().optional(),
      identitytoken: z.string().optional(),
    }),
  ),
});

export type CredentialsOutcome =
  | { readonly status: 'found'; readonly credentials: RegistryCredentials }
  /** The file says nothing of this registry: it is asked without. */
  | { readonly status: 'none' }
  | { readonly status: 'refused'; readonly message: string };

/** The credentials for a registry in the text of a `config.json`. No message repeats what is in it. */
export function credentialsFor(registry: string, configJson: string): CredentialsOutcome {
  const config = DockerConfig.safeParse(parse(configJson));
  if (!config.success) {
    return { status: 'refused', message: 'it is not in the form of config.json, with auths' };
  }
  const entry = Object.entries(config.data.auths).find(([key]) => hostOf(key) === registry);
  if (entry === undefined) return { status: 'none' };
  const [serveraddress, { auth, username, password, identitytoken }] = entry;
  if (identitytoken !== undefined && identitytoken !== '') {
    return { status: 'found', credentials: { identitytoken, serveraddress } };
  }
  const pair = auth === undefined ? undefined : pairOf(auth);
  const user = username ?? pair?.username;
  const secret = password ?? pair?.password;
  if (user === undefined || secret === undefined) {
    return { status: 'refused', message: `it has no user and password for ${registry}` };
  }
  return { status: 'found', credentials: { username: user, password: secret, serveraddress } };
}

/** Keys are registries, or addresses of them such as `https://index.docker.io/v1/`. */
function hostOf(key: string): string {
  const host = key.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  return host === 'index.docker.io' || host === 'registry-1.docker.io' ? 'docker.io' : host;
}

function pairOf(auth: string): { username: string; password: string } | undefined {
  const text = Buffer.from(auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon === -1) return undefined;
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
