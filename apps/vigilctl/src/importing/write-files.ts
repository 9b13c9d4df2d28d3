import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandFailure, EXIT } from '../exit-codes.js';
import type { Imported } from './imported.js';

/**
 * Writes all files or none. What somebody has written by hand is not written over.
 * @throws CommandFailure
 */
export function writeFiles(directory: string, files: Imported['files']): void {
  const taken = files.find(({ name }) => existsSync(join(directory, name)));
  if (taken !== undefined) {
    throw new CommandFailure(`cannot write ${taken.name}: it exists already`, EXIT.usage);
  }
  const written: string[] = [];
  for (const { name, text } of files) {
    const path = join(directory, name);
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text, { flag: 'wx' });
      written.push(path);
    } catch (error) {
      for (const each of written) rmSync(each, { force: true });
      const reason = error instanceof Error ? error.message : String(error);
      throw new CommandFailure(`cannot write ${name}: ${reason}`, EXIT.usage);
    }
  }
}
