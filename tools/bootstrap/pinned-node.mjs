import { existsSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The Node that npm installed with the other dependencies: everything runs on that one release,
 * whatever the machine has. On a platform for which npm has no such package, the Node that runs this
 * serves when it is new enough. Undefined before the installation.
 */
export function pinnedNode() {
  const installed = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url));
  if (existsSync(installed)) return realpathSync(installed);
  const major = Number(process.versions.node.split('.')[0]);
  return major >= 24 ? process.execPath : undefined;
}
