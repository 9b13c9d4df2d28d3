import { existsSync } from 'node:fs';

/** Where engines listen by default: Docker, Podman, and both without root. */
const USUAL = ['/var/run/docker.sock', '/run/podman/podman.sock'];
const USUAL_OF_USER = ['docker.sock', 'podman/podman.sock'];

export interface SocketSearch {
  /** As the agent is told; it wins, whether there is something or not. */
  readonly configured: string | undefined;
  /** Where clients of the engine look. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly exists?: (path: string) => boolean;
}

/** The path of the engine's socket on this host; undefined where there is none. */
export function findSocket({
  configured,
  env,
  exists = existsSync,
}: SocketSearch): string | undefined {
  if (configured === 'off') return undefined;
  const told = pathOf(configured) ?? pathOf(env['DOCKER_HOST']);
  if (told !== undefined) return told;
  const runtimeDirectory = env['XDG_RUNTIME_DIR'];
  const usual =
    runtimeDirectory === undefined
      ? USUAL
      : [...USUAL, ...USUAL_OF_USER.map((name) => `${runtimeDirectory}/${name}`)];
  return usual.find(exists);
}

/** An agent looks after its own host: an engine elsewhere, over TCP or SSH, is not its business. */
function pathOf(address: string | undefined): string | undefined {
  const path = address?.replace(/^unix:\/\//, '');
  return path?.startsWith('/') === true ? path : undefined;
}
