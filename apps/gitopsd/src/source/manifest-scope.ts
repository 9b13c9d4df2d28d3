import picomatch from 'picomatch';
import { isManifestPath } from './manifest-path.js';

/** Which files of a source count. */
export interface ScopeOptions {
  /** A folder, relative and with slashes; without it the whole source. */
  readonly path?: string | undefined;
  /** Globs below the folder; without any, every manifest counts. */
  readonly include?: readonly string[];
  /** Globs below the folder, stronger than `include`. */
  readonly exclude?: readonly string[];
}

/** Manifests of a source that belong to it: below its folder, included and not excluded. */
export class ManifestScope {
  private readonly folder: string;
  private readonly isIncluded: (path: string) => boolean;
  private readonly isExcluded: (path: string) => boolean;

  constructor({ path = '', include = [], exclude = [] }: ScopeOptions = {}) {
    this.folder = path === '' ? '' : `${path}/`;
    this.isIncluded = include.length === 0 ? () => true : matcher(include);
    this.isExcluded = exclude.length === 0 ? () => false : matcher(exclude);
  }

  /** @param path of a file, relative to the root of the source */
  has(path: string): boolean {
    if (!path.startsWith(this.folder)) return false;
    const below = path.slice(this.folder.length);
    return isManifestPath(below) && this.isIncluded(below) && !this.isExcluded(below);
  }

  /** @param path of a folder whose content is not known */
  mayHold(path: string): boolean {
    return `${path}/`.startsWith(this.folder) || this.folder.startsWith(`${path}/`);
  }
}

/** Without the groups of shells, whose matching can take more time than anybody has. */
function matcher(globs: readonly string[]): (path: string) => boolean {
  return picomatch([...globs], { dot: false, noextglob: true, nonegate: true });
}
