import type { Service } from '@vigil/manifests';
import type { AssignedPort } from '../../state/agent-document.js';
import { readSecret } from '@vigil/config';
import { INSTANCE_VARIABLE } from './host-processes.js';
import type { HostUser } from './host-user.js';

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Taken over from the agent's own environment; nothing else is, least of all its secrets. */
const INHERITED = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'] as const;

export interface EnvironmentRequest {
  readonly resource: string;
  readonly replica: number;
  readonly instance: string;
  readonly declared: Service['spec']['env'];
  readonly ports: readonly AssignedPort[];
  readonly user: HostUser;
  readonly inherited: Readonly<Record<string, string | undefined>>;
}

export type EnvironmentOutcome =
  | { readonly status: 'built'; readonly env: Record<string, string> }
  | { readonly status: 'refused'; readonly message: string };

/**
 * The environment of a supervised process: a minimal base, what the manifest declares with its
 * secrets read from this host's files, `PORT` for the first port and `PORT_<port>` for each, and
 * what tells the process which replica it is.
 */
export async function buildEnvironment(request: EnvironmentRequest): Promise<EnvironmentOutcome> {
  const env: Record<string, string> = { PATH: DEFAULT_PATH, HOME: request.user.home };
  if (request.user.name !== undefined) {
    env['USER'] = request.user.name;
    env['LOGNAME'] = request.user.name;
  }
  for (const name of INHERITED) {
    const value = request.inherited[name];
    if (value !== undefined && value !== '') env[name] = value;
  }
  for (const [name, value] of Object.entries(request.declared)) {
    const resolved = typeof value === 'string' ? { value } : await readSecret(value.secretRef.file);
    if ('problem' in resolved) return refused(`env ${name}: ${resolved.problem}`);
    if (resolved.value.includes('\0')) return refused(`env ${name} has a NUL character`);
    env[name] = resolved.value;
  }
  for (const { port, hostPort } of request.ports) env[`PORT_${port}`] = String(hostPort);
  const [first] = request.ports;
  if (first !== undefined) env['PORT'] = String(first.hostPort);
  env[INSTANCE_VARIABLE] = request.instance;
  env['VIGIL_RESOURCE'] = request.resource;
  env['VIGIL_REPLICA'] = String(request.replica);
  return { status: 'built', env };
}

function refused(message: string): EnvironmentOutcome {
  return { status: 'refused', message };
}
