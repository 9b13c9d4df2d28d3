// Bundles apps: node tools/build/build.mjs [--watch] [name…]; without names, all of them.
// apps/<name>/src/main.ts → dist/apps/<name>/main.js, tools/<name>/src/main.ts → dist/tools/<name>/main.js
import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { context } from 'esbuild';
import { absentPackages } from './absent-packages.mjs';
import { decoratorMetadata } from './decorator-metadata.mjs';
import { socketOnlyDockerode } from './lean-dockerode.mjs';
import { modularRxjs, unusedDrivers } from './lean-packages.mjs';
import { oneBytePerCharacter } from './one-byte.mjs';

const workspace = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Loaded by the agent on hosts without /proc only: inside its bundle the text alone costs 1 MB of memory. */
const ON_DEMAND = ['systeminformation'];

const watch = process.argv.includes('--watch');
const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const started = performance.now();

const targets = names.length === 0 ? allTargets() : names.map(targetNamed);
const contexts = await Promise.all(targets.map((target) => context(optionsFor(target))));

if (watch) {
  await Promise.all(contexts.map((bundle) => bundle.watch()));
  // the launcher that watches through us has ended: so do we
  process.on('disconnect', () => process.exit(0));
} else {
  const results = await Promise.allSettled(contexts.map((bundle) => bundle.rebuild()));
  await Promise.all(contexts.map((bundle) => bundle.dispose()));
  const failed = results.filter((result) => result.status === 'rejected').length;
  if (failed > 0) {
    // esbuild has printed where and why
    process.stderr.write(`build: ${failed} of ${targets.length} failed\n`);
    process.exit(1);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`built ${targets.map(({ name }) => name).join(', ')} in ${seconds} s\n`);
}

function allTargets() {
  return ['apps', 'tools'].flatMap((folder) =>
    readdirSync(join(workspace, folder))
      .filter((name) => existsSync(join(workspace, folder, name, 'src/main.ts')))
      .map((name) => ({ name, project: `${folder}/${name}` })),
  );
}

function targetNamed(name) {
  const project = [`apps/${name}`, `tools/${name}`].find((folder) =>
    existsSync(join(workspace, folder, 'src/main.ts')),
  );
  if (project === undefined) {
    process.stderr.write(
      `build: there is no apps/${name}/src/main.ts or tools/${name}/src/main.ts\n`,
    );
    process.exit(1);
  }
  return { name, project };
}

function optionsFor(target) {
  return {
    absWorkingDir: workspace,
    entryPoints: [`${target.project}/src/main.ts`],
    outfile: `dist/${target.project}/main.js`,
    tsconfig: 'tsconfig.base.json',
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    sourcemap: 'linked',
    sourcesContent: false,
    keepNames: true,
    // a smaller bundle is parsed faster and held in less memory; comments also hold most of what is
    // not ASCII
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    // who watches is told by message
    logLevel: watch ? 'silent' : 'warning',
    external: [...absentPackages(workspace), ...(target.name === 'agent' ? ON_DEMAND : [])],
    banner: { js: banner(target) },
    plugins: [
      unusedDrivers(),
      modularRxjs(workspace),
      socketOnlyDockerode(),
      decoratorMetadata(workspace),
      writeChanged(target),
    ],
  };
}

/** Bundled CommonJS packages call `require` for what Node itself brings. */
function banner(target) {
  return [
    ...(target.name === 'vigilctl' ? ['#!/usr/bin/env node'] : []),
    "import { createRequire as vigilCreateRequire } from 'node:module';",
    'const require = vigilCreateRequire(import.meta.url);',
  ].join('\n');
}

/** Writes what differs, each file at once, and tells the launcher (in watch mode) what came of it. */
function writeChanged(target) {
  return {
    name: 'write-changed',
    setup(build) {
      build.onEnd(async (result) => {
        const changed = [];
        for (const { path, text } of result.outputFiles ?? []) {
          const contents = path.endsWith('.js') ? oneBytePerCharacter(text) : text;
          if (await writeIfDifferent(path, contents)) changed.push(relative(workspace, path));
        }
        process.send?.({
          type: 'built',
          name: target.name,
          changed: changed.length > 0,
          errors: result.errors.map(({ text, location }) =>
            location === null ? text : `${location.file}:${location.line}: ${text}`,
          ),
        });
      });
    },
  };
}

async function writeIfDifferent(path, contents) {
  const present = await readFile(path, 'utf8').catch(() => undefined);
  if (present === contents) return false;
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.partial`;
  await writeFile(partial, contents);
  if (path.endsWith('.js')) await chmod(partial, 0o755);
  await rename(partial, path);
  return true;
}
