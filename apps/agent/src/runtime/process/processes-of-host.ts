import { execFileSync } from 'node:child_process';
import type { HostProcesses } from './host-processes.js';
import { LinuxProcesses } from './linux-processes.js';
import { PortableProcesses } from './portable-processes.js';

/** The right way to look at processes on this operating system. */
export function processesOfHost(): HostProcesses {
  return process.platform === 'linux' ? new LinuxProcesses(pageBytes()) : new PortableProcesses();
}

/** 4 KiB nearly everywhere; 16 or 64 KiB on some ARM machines. */
function pageBytes(): number {
  if (process.arch === 'x64') return 4096;
  try {
    return Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' })) || 4096;
  } catch {
    return 4096;
  }
}
