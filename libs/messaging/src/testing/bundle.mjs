// Bundles one entry file as tools/build does for an app: node bundle.mjs ENTRY OUTFILE
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { absentPackages } from '../../../../tools/build/absent-packages.mjs';
import { decoratorMetadata } from '../../../../tools/build/decorator-metadata.mjs';

const workspace = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');
const [entry, outfile] = process.argv.slice(2);

await build({
  absWorkingDir: workspace,
  entryPoints: [entry],
  outfile,
  tsconfig: 'tsconfig.base.json',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  keepNames: true,
  logLevel: 'error',
  external: absentPackages(workspace),
  banner: {
    js: "import { createRequire as c } from 'node:module'; const require = c(import.meta.url);",
  },
  plugins: [decoratorMetadata(workspace)],
});
