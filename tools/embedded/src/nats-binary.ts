import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface NatsServerBinary {
  readonly path: string;
  readonly version: readonly [major: number, minor: number, patch: number];
}

/** Where packages put it; a normal user's PATH often has no sbin. */
const USUAL_PLACES = [
  '/usr/local/bin',
  '/usr/bin',
  '/usr/local/sbin',
  '/usr/sbin',
  '/opt/homebrew/bin',
];

/** Oldest release that was tried: JetStream KV, delayed nak, expected last sequence per subject. */
const OLDEST = [2, 9, 0] as const;

/** Looks in the PATH, then where packages put it, then in `extraPlaces`. */
export function findNatsServer(extraPlaces: readonly string[] = []): NatsServerBinary | undefined {
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((place) => place !== '');
  for (const place of [...path, ...USUAL_PLACES, ...extraPlaces]) {
    const candidate = join(place, 'nats-server');
    if (!isExecutable(candidate)) continue;
    const version = versionOf(candidate);
    if (version !== undefined && isAtLeast(version, OLDEST)) return { path: candidate, version };
  }
  return undefined;
}

export function isAtLeast(
  version: readonly [number, number, number],
  wanted: readonly [number, number, number],
): boolean {
  for (const [index, part] of version.entries()) {
    const difference = part - (wanted[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function versionOf(path: string): NatsServerBinary['version'] | undefined {
  try {
    const text = execFileSync(path, ['--version'], { encoding: 'utf8', stdio: 'pipe' });
    const [, major, minor, patch] = /v(\d+)\.(\d+)\.(\d+)/.exec(text) ?? [];
    return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
  } catch {
    return undefined;
  }
}
