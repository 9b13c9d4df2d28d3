// Runs a benchmark: npm run bench -- <name> [options]. Builds what it measures first; prints JSON lines.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import {
  closeRunDirectory,
  openRunDirectory,
  RUN_DIRECTORY_VARIABLE,
} from '../jest/run-directory.mjs';

const workspace = resolve(import.meta.dirname, '../..');
const [name = '', ...options] = process.argv.slice(2);
const entry = join(workspace, 'tools/bench/src', `${name}.ts`);
if (!existsSync(entry)) {
  process.stderr.write(
    'usage: npm run bench -- agent | gitops | heal | heal-docker | memory | policy [options]\n',
  );
  process.exit(2);
}

const bundle = join(workspace, 'dist/tools/bench', name, 'main.js');
await build({
  absWorkingDir: workspace,
  entryPoints: [entry],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  format: 'esm',
  tsconfig: 'tsconfig.base.json',
  logLevel: 'warning',
  banner: {
    js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  },
});
const built = spawnSync(process.execPath, ['tools/build/build.mjs'], {
  cwd: workspace,
  stdio: ['ignore', 'ignore', 'inherit'],
});
if (built.status !== 0) process.exit(1);

const runDirectory = await openRunDirectory();
process.env[RUN_DIRECTORY_VARIABLE] = runDirectory;
process.argv = [process.execPath, bundle, ...options];
try {
  await import(pathToFileURL(bundle).href);
} finally {
  await closeRunDirectory(runDirectory);
}
