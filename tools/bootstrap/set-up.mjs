// What a checkout needs before anything of it can run: dependencies, and the bundles under dist/.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled } from './installed.mjs';
import { pinnedNode } from './pinned-node.mjs';
import { sourceFingerprint } from './source-fingerprint.mjs';

export const workspace = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Something that a person has to do; the message says what. */
export class SetUpFailed extends Error {}

/** Installs and builds where needed. @returns the path of the pinned Node */
export async function setUp() {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20) {
    throw new SetUpFailed(`Vigil needs Node 20 or later to start; this is ${process.version}.`);
  }
  if (!isInstalled(workspace)) await step('dependencies installed', install);
  const node = pinnedNode();
  if (node === undefined) {
    throw new SetUpFailed(
      `npm brought no Node for ${process.platform}-${process.arch}: install Node 24 or later and start again.`,
    );
  }
  const fingerprint = sourceFingerprint(workspace);
  const remembered = join(workspace, 'dist/fingerprint');
  if (!existsSync(remembered) || readFileSync(remembered, 'utf8') !== fingerprint) {
    await step('built', () => build(node));
    mkdirSync(dirname(remembered), { recursive: true });
    writeFileSync(remembered, fingerprint);
  }
  return node;
}

async function install() {
  process.stdout.write('  … installing dependencies (once, about a minute)\n');
  const npm = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (npm.status !== 0) throw new SetUpFailed(`npm ci failed:\n${npm.output}`);
}

async function build(node) {
  const builder = await run(node, [join(workspace, 'tools/build/build.mjs')]);
  if (builder.status !== 0) throw new SetUpFailed(builder.output);
}

async function step(label, work) {
  const startedAt = performance.now();
  await work();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`  ✓ ${label.padEnd(46)} ${seconds.padStart(5)} s\n`);
}

function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: workspace, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('error', (error) => resolve({ status: 1, output: error.message }));
    child.on('close', (status) => {
      resolve({ status, output: Buffer.concat(chunks).toString('utf8').trim() });
    });
  });
}
