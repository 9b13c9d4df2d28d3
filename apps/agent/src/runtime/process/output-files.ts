import { resourceIdParts, type ResourceId } from '@vigil/manifests';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { copyFile, rename, rm, stat, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ignoreMissing } from '../../disk/durable-file.js';
import type { Log } from '../../log/log.js';

export interface OutputLimits {
  /** A file that has grown beyond this is rotated. */
  readonly maxBytes: number;
  /** How many rotated files are kept: `.1` is the newest. */
  readonly kept: number;
}

/**
 * Where supervised processes write: `<directory>/<namespace>/<name>/<replica>.log`, standard output
 * and error together. The processes hold the file themselves (they outlive the agent), so a file is
 * rotated by copying and truncating it: what is written in between is lost, nothing else.
 */
export class OutputFiles {
  private readonly paths = new Set<string>();

  constructor(
    private readonly directory: string,
    private readonly limits: OutputLimits,
    private readonly log: Log,
  ) {}

  pathOf(resource: ResourceId, replica: number): string {
    const { namespace, name } = resourceIdParts(resource);
    return join(this.directory, namespace, name, `${replica}.log`);
  }

  /** Opens the file for a process that is about to start; the caller closes it. */
  open(resource: ResourceId, replica: number): { readonly fd: number; close(): void } {
    const path = this.pathOf(resource, replica);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // with O_APPEND the process goes on at the beginning after the file was truncated
    const fd = openSync(path, 'a', 0o600);
    this.paths.add(path);
    return { fd, close: () => closeSync(fd) };
  }

  /** Goes on rotating the output of a process that an earlier agent started. */
  adopt(resource: ResourceId, replica: number): void {
    this.paths.add(this.pathOf(resource, replica));
  }

  /** Removes the output of a replica that is no longer wanted here. */
  async forget(resource: ResourceId, replica: number): Promise<void> {
    const path = this.pathOf(resource, replica);
    this.paths.delete(path);
    await rm(path, { force: true });
    for (let age = 1; age <= this.limits.kept; age += 1)
      await rm(`${path}.${age}`, { force: true });
  }

  /** Rotates what has grown too large. */
  async rotate(): Promise<void> {
    for (const path of this.paths) {
      try {
        const { size } = await stat(path);
        if (size > this.limits.maxBytes) await this.rotateOne(path);
      } catch (error) {
        this.log.debug('an output file could not be rotated', { path, reason: String(error) });
      }
    }
  }

  /** A disk without room for a copy gets the room of the file itself: bounded is what it has to be. */
  private async keepCopy(path: string): Promise<void> {
    try {
      await copyFile(path, `${path}.1`);
    } catch (error) {
      this.log.warn('an output file is cut without a copy', { path, reason: String(error) });
      await rm(`${path}.1`, { force: true, recursive: true });
    }
  }

  private async rotateOne(path: string): Promise<void> {
    for (let age = this.limits.kept - 1; age >= 1; age -= 1) {
      await rename(`${path}.${age}`, `${path}.${age + 1}`).catch(ignoreMissing);
    }
    if (this.limits.kept > 0) await this.keepCopy(path);
    await truncate(path, 0);
  }
}
