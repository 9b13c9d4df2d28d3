import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where packages put programs; the PATH of a service often has no sbin. */
const USUAL_PLACES = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
];

export interface EnginePrograms {
  readonly dockerd: string;
  readonly containerd: string;
  /** Statically linked, because it is also what images are made of. */
  readonly busybox: string;
  /** With which the engine finds what it starts itself. */
  readonly path: string;
}

const HOW_TO =
  'Tests with Docker start an engine of their own. They need Linux, root, and ' +
  '`apt-get install docker.io podman busybox-static`; `.ci/run` does it as root.';

/** @throws Error that says what to do, when this machine or this user cannot run an engine */
export function enginePrograms(): EnginePrograms {
  expectRoot();
  return {
    dockerd: found('dockerd'),
    containerd: found('containerd'),
    busybox: found('busybox'),
    path: places().join(delimiter),
  };
}

/** @throws Error that says what to do, when this machine or this user cannot run Podman */
export function podmanPrograms(): Record<'podman' | 'busybox' | 'path', string> {
  expectRoot();
  return { podman: found('podman'), busybox: found('busybox'), path: places().join(delimiter) };
}

function expectRoot(): void {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new Error(`not root on Linux. ${HOW_TO}`);
  }
}

function found(program: string): string {
  const path = places()
    .map((place) => join(place, program))
    .find(isExecutable);
  if (path === undefined) throw new Error(`${program} is not installed. ${HOW_TO}`);
  return path;
}

function places(): string[] {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((place) => place !== '');
  return [...new Set([...path, ...USUAL_PLACES])];
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
