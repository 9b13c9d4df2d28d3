import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Folders and files that the bundles are made of. */
const INPUTS = ['apps', 'libs', 'tools', 'package-lock.json', 'tsconfig.base.json'];
const IGNORED = new Set(['node_modules', 'dist', 'testdata', 'coverage']);

/** Changes with every change of a source; the bundles carry that of the sources they were built from. */
export function sourceFingerprint(workspace) {
  const hash = createHash('sha256');
  const visit = (path) => {
    let entries;
    try {
      entries = readdirSync(join(workspace, path), { withFileTypes: true });
    } catch {
      hash.update(`${path}\0`).update(readFileSync(join(workspace, path)));
      return;
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (IGNORED.has(entry.name) || /\.spec\.tsx?$|\.md$/.test(entry.name)) continue;
      visit(join(path, entry.name));
    }
  };
  INPUTS.forEach(visit);
  return hash.digest('hex');
}
