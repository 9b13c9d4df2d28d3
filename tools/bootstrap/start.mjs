// npm start, npm run dev, npm run setup: installs and builds what is missing, then hands over to the
// launcher on the pinned Node. Plain JavaScript without dependencies: it runs on any Node from 20 on,
// before anything is installed.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { runningLauncher } from './running-launcher.mjs';
import { setUp, SetUpFailed, workspace } from './set-up.mjs';

const launcher = new URL('../../dist/tools/launcher/main.js', import.meta.url);

try {
  await refuseSecond();
  const node = await setUp();
  if (process.execPath === node) {
    await import(launcher);
  } else {
    handOver(node);
  }
} catch (error) {
  if (!(error instanceof SetUpFailed)) throw error;
  process.stderr.write(`\n${error.message}\n`);
  process.exitCode = 1;
}

/** Before anything is built: that would replace the bundles of what runs. */
async function refuseSecond() {
  if (process.argv.includes('--setup-only')) return;
  const pid = await runningLauncher(workspace);
  if (pid === undefined) return;
  throw new SetUpFailed(
    `Vigil is running already (launcher pid ${pid}). Stop it first, or set VIGIL_HOME to another folder and the ports to free ones.`,
  );
}

/** This process only waits: the launcher ends when it does, and it with the launcher's exit code. */
function handOver(node) {
  const child = spawn(node, [fileURLToPath(launcher), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  if (process.env.npm_lifecycle_event !== undefined) {
    const parent = process.ppid;
    setInterval(() => {
      // npm was killed: it could not pass a signal on
      if (process.ppid !== parent) child.kill('SIGTERM');
    }, 250).unref();
  }
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}
