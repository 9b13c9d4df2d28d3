import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CommandFailure, EXIT } from '../exit-codes.js';
import type { Imported } from './imported.js';

/**
 * Writes all files or none, and returns the names of those that were not there yet. What somebody has
 * written by hand is not written over; a file that says the same is left, as that of a host is by the
 * second import from there.
 * @throws CommandFailure
 */
export function writeFiles(directory: string, files: Imported['files']): ReadonlySet<string> {
  const absent = files.filter(({ name, text }) => !holds(join(directory, name), text));
  const taken = absent.find(({ name }) => existsSync(join(directory, name)));
  if (taken !== undefined) {
    throw new CommandFailure(`cannot write ${taken.name}: it exists already`, EXIT.usage);
  }
  const written: string[] = [];
  for (const { name, text } of absent) {
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
  return new Set(absent.map(({ name }) => name));
}

function holds(path: string, text: string): boolean {
  try {
    return readFileSync(path, 'utf8') === text;
  } catch {
    return false;
  }
}
