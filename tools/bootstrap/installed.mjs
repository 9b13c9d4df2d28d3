import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * True when node_modules holds what package-lock.json asks for. npm writes what it has installed into a
 * lock file of its own there, as the last thing it does.
 */
export function isInstalled(workspace) {
  const wanted = readPackages(join(workspace, 'package-lock.json'));
  const present = readPackages(join(workspace, 'node_modules/.package-lock.json'));
  if (wanted === undefined || present === undefined) return false;
  if (!existsSync(join(workspace, 'node_modules/.bin/vigilctl'))) return false;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      !path.startsWith('node_modules/') ||
      entry.link === true ||
      present[path]?.version === entry.version ||
      (entry.optional === true && !isForThisMachine(entry)),
  );
}

/** npm leaves optional packages out that name another system or processor. */
function isForThisMachine({ os, cpu, libc }) {
  const matches = (list, value) => list === undefined || list.includes(value);
  return matches(os, process.platform) && matches(cpu, process.arch) && matches(libc, libcName());
}

function libcName() {
  return process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
