import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { z } from 'zod';

/** The container engine of this machine that the agent looks after. */
export interface ContainerEngine {
  readonly socket: string;
  /** For people: what answers, or why nothing does. */
  readonly description: string;
}

/** Docker's, then Podman's. */
const USUAL_SOCKETS = ['/var/run/docker.sock', '/run/podman/podman.sock'];
const PATIENCE_MS = 1_000;

const Version = z.object({
  Version: z.string(),
  Components: z.array(z.object({ Name: z.string() })).optional(),
});

/**
 * The engine that `VIGIL_DOCKER_HOST` or `DOCKER_HOST` names, or that listens where engines do;
 * undefined where there is none. It need not answer: it may be started later.
 */
export async function findContainerEngine(
  env: Readonly<Record<string, string | undefined>>,
): Promise<ContainerEngine | undefined> {
  const socket = socketIn(env);
  return socket === undefined ? undefined : { socket, description: await describe(socket) };
}

function socketIn(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const told = env['VIGIL_DOCKER_HOST'];
  if (told === 'off') return undefined;
  return pathOf(told) ?? pathOf(env['DOCKER_HOST']) ?? USUAL_SOCKETS.find(existsSync);
}

/** An engine on another machine is looked after by an agent there. */
function pathOf(address: string | undefined): string | undefined {
  const path = address?.replace(/^unix:\/\//, '');
  return path?.startsWith('/') === true ? path : undefined;
}

async function describe(socket: string): Promise<string> {
  try {
    const { Version: version, Components = [] } = Version.parse(await versionOf(socket));
    const isPodman = Components.some(({ Name }) => Name.startsWith('Podman'));
    return `${isPodman ? 'Podman' : 'Docker'} ${version}`;
  } catch (error) {
    const denied = error instanceof Error && 'code' in error && error.code === 'EACCES';
    const why = denied ? 'this user may not use it' : 'it does not answer yet';
    return `the engine at ${socket} (${why})`;
  }
}

function versionOf(socket: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const options = { socketPath: socket, path: '/version', agent: false, timeout: PATIENCE_MS };
    const call = request(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
        } catch (error) {
          reject(error instanceof Error ? error : new Error('no JSON'));
        }
      });
    });
    call.on('timeout', () => call.destroy(new Error('no answer')));
    call.on('error', reject);
    call.end();
  });
}
