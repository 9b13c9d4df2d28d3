import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const WORKSPACE = fileURLToPath(new URL('../../..', import.meta.url));

/** A file of the repository, also one that is not committed yet; ignored ones do not belong to it. */
export interface SourceFile {
  /** From the top of the checkout, with `/`. */
  readonly path: string;
  readonly text: string;
}

export function repositoryFiles(select: (path: string) => boolean): SourceFile[] {
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  return execFileSync('git', list, { cwd: WORKSPACE, encoding: 'utf8', maxBuffer: 2 ** 26 })
    .split('\0')
    .filter((path) => path !== '' && select(path))
    .flatMap((path) => {
      const text = readIfThere(path);
      return text === undefined ? [] : [{ path, text }];
    });
}

/** `apps/agent`, `libs/drift`, … */
export function projectPaths(): string[] {
  return ['apps', 'libs', 'tools'].flatMap((folder) =>
    readdirSync(join(WORKSPACE, folder)).map((name) => `${folder}/${name}`),
  );
}

/** Undefined for a file that was removed but not yet from the index. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(join(WORKSPACE, path), 'utf8');
  } catch {
    return undefined;
  }
}
