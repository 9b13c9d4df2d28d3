import { identifyProcess, isRunning, type ProcessIdentity } from '@vigil/embedded';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const RecordedProcess = z.object({
  name: z.string(),
  pid: z.number().int(),
  startTime: z.string(),
});
export type RecordedProcess = z.infer<typeof RecordedProcess>;

/**
 * `VIGIL_HOME/run/<name>.json`: which processes the launcher has started, so that a later launcher
 * finds them when this one was killed.
 */
export class ProcessRecords {
  constructor(private readonly directory: string) {}

  add(name: string, pid: number): void {
    const identity = identifyProcess(pid);
    if (identity !== undefined) this.write(name, identity);
  }

  remove(name: string): void {
    rmSync(this.path(name), { force: true });
  }

  /** Those of the recorded processes that still live; the records of the others are removed. */
  living(): RecordedProcess[] {
    return readdirSync(this.directory)
      .filter((file) => file.endsWith('.process.json'))
      .flatMap((file) => {
        const record = this.read(join(this.directory, file));
        if (record !== undefined && isRunning(record)) return [record];
        rmSync(join(this.directory, file), { force: true });
        return [];
      });
  }

  private write(name: string, identity: ProcessIdentity): void {
    const partial = `${this.path(name)}.partial`;
    writeFileSync(partial, JSON.stringify({ name, ...identity }), { mode: 0o600 });
    renameSync(partial, this.path(name));
  }

  private read(path: string): RecordedProcess | undefined {
    try {
      return RecordedProcess.parse(JSON.parse(readFileSync(path, 'utf8')));
    } catch {
      return undefined;
    }
  }

  private path(name: string): string {
    return join(this.directory, `${name}.process.json`);
  }
}
