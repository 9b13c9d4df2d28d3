// npm test: sets up what the tests need, runs every suite, and ends with one line `N passed, N failed`.
// With --long also the tests that take minutes. A check (format, lint, types) counts as one.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import {
  closeRunDirectory,
  openRunDirectory,
  RUN_DIRECTORY_VARIABLE,
} from '../jest/run-directory.mjs';
import { setUp, SetUpFailed, workspace } from './set-up.mjs';

/** How long jest may take to end after its report, milliseconds: its workers are given time to end. */
const END_PATIENCE_MS = 30_000;

/** Projects whose tests run the built product. */
const WHOLE_PRODUCT = ['tools/e2e', 'tools/chaos'];

const long = process.argv.includes('--long');
const running = new Set();

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof SetUpFailed)) throw error;
  process.stderr.write(`\n${error.message}\n`);
  process.stdout.write('0 passed, 1 failed\n');
  process.exitCode = 1;
}

async function main() {
  const node = await setUp();
  await provideServers(node);
  const reports = await mkdtemp(join(tmpdir(), 'vigil-reports-'));
  const runDirectory = await openRunDirectory();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => {
      for (const child of running) process.kill(-child.pid, 'SIGTERM');
    });
  }
  const env = {
    ...process.env,
    PATH: [join(workspace, 'node_modules/.bin'), process.env.PATH, unpackedServers()].join(
      delimiter,
    ),
    NX_DAEMON: 'false',
    NODE_OPTIONS: '',
    [RUN_DIRECTORY_VARIABLE]: runDirectory,
    ...(long ? { VIGILTEST_LONG: '1' } : {}),
  };
  const context = { node, env, reports };
  try {
    // the checks use one core for most of their time: two lanes keep both busy
    const [checks, units] = await Promise.all([
      inTurn([() => lint(context), () => types(context)]),
      inTurn([() => format(context), () => unit(context)]),
    ]);
    const others = await inTurn([() => integration(context), () => endToEnd(context)]);
    return summarise([...checks, ...units, ...others]);
  } finally {
    await closeRunDirectory(runDirectory);
    await rm(reports, { recursive: true, force: true });
  }
}

/** What the launcher would install at the first start: integration tests need it too. */
async function provideServers(node) {
  const launcher = join(workspace, 'dist/tools/launcher/main.js');
  const { status, output } = await run(node, [launcher, '--setup-only'], process.env);
  if (status !== 0) throw new SetUpFailed(output);
}

/** Where the launcher unpacks nats-server for a user who may not install it. */
function unpackedServers() {
  return join(resolve(process.env.VIGIL_HOME || join(workspace, '.vigil')), 'nats-server/usr/sbin');
}

function format({ node, env }) {
  return check('format', node, ['node_modules/prettier/bin/prettier.cjs', '--check', '.'], env);
}

function lint({ node, env }) {
  const nx = ['node_modules/nx/dist/bin/nx.js', 'run-many', '-t', 'lint', '--parallel=1'];
  return check('lint', node, nx, env);
}

function types({ node, env }) {
  const project = ['--noEmit', '-p', 'tools/typecheck/tsconfig.json'];
  return check('types', node, ['node_modules/typescript7/bin/tsc', ...project], env);
}

function unit(context) {
  const pattern = '^(?!.*\\.int\\.spec\\.ts$)';
  return jest(
    'unit',
    projects().filter((project) => !WHOLE_PRODUCT.includes(project)),
    context,
    [`--testPathPatterns=${pattern}`, '--maxWorkers=1'],
  );
}

function integration(context) {
  return jest(
    'integration',
    projects().filter((project) => !WHOLE_PRODUCT.includes(project)),
    context,
    ['--testPathPatterns=\\.int\\.spec\\.ts$', '--maxWorkers=2'],
  );
}

/** One at a time: these measure how long things take. */
function endToEnd(context) {
  return jest('e2e', WHOLE_PRODUCT, context, ['--runInBand'], { live: true });
}

function projects() {
  return ['apps', 'libs', 'tools'].flatMap((folder) =>
    readdirSync(join(workspace, folder))
      .map((name) => `${folder}/${name}`)
      .filter((project) => existsSync(join(workspace, project, 'jest.config.mjs')))
      .filter((project) => existsSync(join(workspace, project, 'src'))),
  );
}

async function check(name, command, args, env) {
  const startedAt = performance.now();
  const { status, output } = await run(command, args, env);
  const result = status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  // what passed has nothing to tell
  report(name, result, startedAt, status === 0 ? '' : output);
  return { name, ...result };
}

async function jest(name, projectPaths, { node, env, reports }, args, { live = false } = {}) {
  const startedAt = performance.now();
  const outputFile = join(reports, `${name}.json`);
  if (live) process.stdout.write(`── ${name}\n`);
  const { output, cutOff } = await run(
    node,
    [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      'node_modules/jest/bin/jest.js',
      '--projects',
      ...projectPaths,
      '--passWithNoTests',
      '--json',
      `--outputFile=${outputFile}`,
      ...args,
    ],
    env,
    { live, doneWhen: outputFile },
  );
  const result = countTests(await readFile(outputFile, 'utf8').catch(() => undefined));
  if (cutOff) {
    process.stdout.write(`${name}: a test left something open, and jest did not end by itself\n`);
    result.failed += 1;
  }
  report(name, result, startedAt, live ? '' : withoutJson(output));
  return { name, ...result };
}

/** A suite that could not run at all counts as one failure; so does a run without a report. */
function countTests(text) {
  if (text === undefined) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(text);
  return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites };
}

function withoutJson(output) {
  return output
    .split('\n')
    .filter((line) => !line.startsWith('Test results written to:'))
    .join('\n');
}

async function inTurn(suites) {
  const results = [];
  for (const suite of suites) results.push(await suite());
  return results;
}

function report(name, { passed, failed }, startedAt, output) {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const text = output.trim() === '' ? '' : `${output.trim()}\n`;
  const mark = failed === 0 ? '✓' : '✗';
  process.stdout.write(
    `── ${name}\n${text}${mark} ${name}: ${passed} passed, ${failed} failed (${seconds} s)\n\n`,
  );
}

function summarise(results) {
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  const failing = results.filter(({ failed }) => failed > 0).map(({ name }) => name);
  if (failing.length > 0) process.stdout.write(`failed: ${failing.join(', ')}\n`);
  process.stdout.write(`${sum('passed')} passed, ${sum('failed')} failed\n`);
  return failing.length === 0 ? 0 : 1;
}

/**
 * Runs a program in a group of its own, so that it ends with all that it has started. One that has
 * written the file `doneWhen` is cut off when it does not end by itself soon after.
 */
function run(command, args, env, { live = false, doneWhen } = {}) {
  return new Promise((resolve) => {
    const stdio = live ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'];
    const child = spawn(command, args, { cwd: workspace, env, stdio, detached: true });
    running.add(child);
    const chunks = [];
    child.stdout?.on('data', (chunk) => chunks.push(chunk));
    child.stderr?.on('data', (chunk) => chunks.push(chunk));
    child.on('error', (error) => chunks.push(Buffer.from(error.message)));
    let cutOff = false;
    const watch = setInterval(() => {
      if (doneWhen === undefined || !existsSync(doneWhen) || cutOff) return;
      if (Date.now() - statSync(doneWhen).mtimeMs < END_PATIENCE_MS) return;
      cutOff = true;
      process.kill(-child.pid, 'SIGKILL');
    }, 1_000);
    child.on('close', (status) => {
      clearInterval(watch);
      running.delete(child);
      resolve({ status, output: Buffer.concat(chunks).toString('utf8'), cutOff });
    });
  });
}
