import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runDirectory } from '../run-directory.js';
import type { EngineNetwork } from './engine-network.js';

/** The end of the run removes the bridge, and what containers, networks and mounts are left. */
export function noteForTheEnd(
  { bridge, addressPool }: EngineNetwork,
  directory: string,
  busybox: string,
): void {
  const engines = join(runDirectory(), 'engines');
  mkdirSync(engines, { recursive: true });
  const note = { bridge, addressPool, cgroup: bridge, directory, busybox };
  writeFileSync(join(engines, `${bridge}.json`), JSON.stringify(note));
}
