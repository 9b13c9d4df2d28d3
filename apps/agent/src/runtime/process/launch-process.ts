import type { ResourceId } from '@vigil/manifests';
import { spawn, type ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import { errorCode } from '../../disk/durable-file.js';
import type { Launch, LaunchSpec } from '../../state/agent-document.js';
import { findUser } from './host-user.js';
import type { OutputFiles } from './output-files.js';
import { buildEnvironment } from './process-environment.js';

/** What a process is started with, everything resolved on this host. */
export interface LaunchPlan {
  readonly argv: readonly [string, ...string[]];
  readonly env: Record<string, string>;
  readonly cwd: string;
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
}

export type Prepared =
  | { readonly status: 'prepared'; readonly plan: LaunchPlan }
  | { readonly status: 'refused'; readonly message: string };

export type Spawned =
  | { readonly status: 'spawned'; readonly child: ChildProcess; readonly pid: number }
  | { readonly status: 'refused'; readonly message: string };

/** The program of a process: `entrypoint` and `command` together, as for a container. */
export function argumentsOf(spec: LaunchSpec): string[] {
  return [...(spec.entrypoint ?? []), ...(spec.command ?? [])];
}

/** Resolves user, secrets and working directory; finds what would keep the process from starting. */
export async function prepareLaunch(
  resource: ResourceId,
  replica: number,
  launch: Launch,
): Promise<Prepared> {
  const { spec } = launch;
  const [program, ...args] = argumentsOf(spec);
  if (program === undefined || program === '') return refused('the manifest has no command');
  const found = findUser(spec.user);
  if (found.status === 'refused') return found;
  const environment = await buildEnvironment({
    resource,
    replica,
    instance: launch.instance,
    declared: spec.env,
    ports: launch.ports,
    user: found.user,
    inherited: process.env,
  });
  if (environment.status === 'refused') return environment;
  const cwd = spec.workingDir ?? '/';
  // spawn reports a missing directory and a missing program with the same code
  if (!isDirectory(cwd)) return refused(`the working directory ${cwd} does not exist`);
  return {
    status: 'prepared',
    plan: { argv: [program, ...args], env: environment.env, cwd, ids: found.user.ids },
  };
}

/**
 * Starts the process in a session and process group of its own, so that it outlives the agent, and
 * with its output in a file. Returns as soon as the program runs or the kernel has refused it.
 */
export async function spawnProcess(
  plan: LaunchPlan,
  output: ReturnType<OutputFiles['open']>,
): Promise<Spawned> {
  const [program, ...args] = plan.argv;
  try {
    const child = spawn(program, args, {
      cwd: plan.cwd,
      env: plan.env,
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
      ...(plan.ids ?? {}),
    });
    const { pid } = child;
    if (pid !== undefined) {
      child.unref();
      return { status: 'spawned', child, pid };
    }
    const error = await new Promise<Error>((resolve) => child.once('error', resolve));
    return refused(whySpawnFailed(error, program));
  } catch (error) {
    // arguments that Node itself refuses, for example a NUL character
    return refused(whySpawnFailed(error, program));
  } finally {
    output.close();
  }
}

function whySpawnFailed(error: unknown, program: string): string {
  switch (errorCode(error)) {
    case 'ENOENT':
      return `the program ${program} was not found`;
    case 'EACCES':
      return `the program ${program} may not be executed`;
    case undefined:
    default:
      return `${program}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function refused(message: string): { status: 'refused'; message: string } {
  return { status: 'refused', message };
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
