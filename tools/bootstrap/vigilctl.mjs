#!/usr/bin/env node
// What `npx vigilctl` runs in a checkout: the built command line on the pinned Node. npm links to this
// file when it installs, before anything is built.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { pinnedNode } from './pinned-node.mjs';

const built = new URL('../../dist/apps/vigilctl/main.js', import.meta.url);
const node = pinnedNode();

if (!existsSync(built) || node === undefined) {
  process.stderr.write('vigilctl is not built yet: run npm run setup first.\n');
  process.exit(1);
}
if (process.execPath === node) {
  await import(built);
} else {
  const { status, signal } = spawnSync(node, [fileURLToPath(built), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  process.exit(status ?? 128 + constants.signals[signal]);
}
