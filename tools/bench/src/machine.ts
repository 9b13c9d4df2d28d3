import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { rounded } from './heal/statistics.js';

/** What was measured on: the first line of every result. */
export function machine() {
  return {
    what: 'machine',
    cpus: cpus().length,
    cpu: cpus()[0]?.model,
    memory_gib: rounded(totalmem() / 1024 ** 3, 1),
    system: `${type()} ${release()}`,
    node: process.version,
    load1: rounded(loadavg()[0] ?? 0, 2),
  };
}
