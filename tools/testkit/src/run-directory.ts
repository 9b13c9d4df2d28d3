import { identifyProcess } from '@vigil/embedded';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Made and removed by the test run (tools/jest): whatever is left there ends with it. */
export function runDirectory(): string {
  const directory = process.env['VIGILTEST_RUN_DIRECTORY'];
  if (directory === undefined) {
    throw new Error(
      'VIGILTEST_RUN_DIRECTORY is not set: use the configuration of tools/jest/preset.mjs',
    );
  }
  return directory;
}

/** A new empty directory (mode 0700), removed at the end of the run. */
export function temporaryDirectory(name = 'files'): string {
  return mkdtempSync(join(runDirectory(), `${name}-`));
}

/** Has the process stopped at the end of the run if it still lives then. */
export function recordProcess(pid: number): void {
  const identity = identifyProcess(pid);
  if (identity === undefined) return;
  writeFileSync(join(runDirectory(), 'processes', `${String(pid)}.json`), JSON.stringify(identity));
}
