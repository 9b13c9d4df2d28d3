import { join } from 'node:path';
import { attend } from './attendance.js';
import type { LaunchOptions } from './command-line.js';
import { rebuildOnChange } from './development.js';
import { checkGivenServers } from './given-servers.js';
import { homeLayout, makeHome, type HomeLayout } from './home.js';
import { Installation } from './installation.js';
import { LauncherLock } from './launcher-lock.js';
import { stopLeftovers } from './leftovers.js';
import { checkPorts } from './port-plan.js';
import { ProcessRecords } from './process-records.js';
import type { Progress } from './progress.js';
import { readyMessage } from './ready-message.js';
import type { Settings } from './settings.js';
import { provideNatsServer, startUp } from './start-up.js';

export interface Launch {
  readonly settings: Settings;
  readonly options: LaunchOptions;
  readonly progress: Progress;
  readonly env: NodeJS.ProcessEnv;
  /** Of the person, for paths that are shown. */
  readonly directory: string;
}

/**
 * Runs Vigil until somebody asks for its end; returns when no process is left.
 * @throws AlreadyRunning, PortsTaken, GivenServerUnusable, NatsServerMissing, FailedToStart: with everything stopped
 */
export async function launch(launch: Launch): Promise<void> {
  const { settings, options, progress } = launch;
  const home = homeLayout(settings.home);
  makeHome(home);
  if (options.setupOnly) {
    if (settings.natsUrl === undefined) await provideNatsServer(home, progress);
    return;
  }
  const lock = await LauncherLock.acquire(join(home.run, 'launcher.json'));
  try {
    await runUntilAsked(launch, home, lock);
  } finally {
    lock.release();
  }
}

async function runUntilAsked(launch: Launch, home: HomeLayout, lock: LauncherLock): Promise<void> {
  const { settings, progress } = launch;
  const records = new ProcessRecords(home.run);
  const installation = new Installation(home, records, progress);
  const ending = new AbortController();
  const end = new Promise<undefined>((resolve) => {
    attend({
      onStop: () => {
        lock.markStopping();
        ending.abort();
        resolve(undefined);
      },
      onForce: () => {
        progress.line('  stopping at once');
        void installation.kill().finally(() => {
          lock.release();
          process.exit(1);
        });
      },
    });
  });

  const starting = bringUp(launch, home, records, installation, ending.signal);
  const settled = starting.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  const failure = await Promise.race([settled, end]);
  if (failure === undefined) {
    if (launch.options.dev) rebuildOnChange(settings.workspace, installation);
    await end;
  }
  lock.markStopping();
  const stop = async (): Promise<void> => {
    await installation.stop();
    // what was half-way through its start meets the end there
    await settled;
  };
  if (installation.isEmpty) {
    await stop();
  } else {
    progress.line();
    await progress.step('stopping', stop, () => 'stopped');
  }
  if (failure !== undefined) throw failure.error;
}

async function bringUp(
  launch: Launch,
  home: HomeLayout,
  records: ProcessRecords,
  installation: Installation,
  ending: AbortSignal,
): Promise<void> {
  const { settings, progress } = launch;
  const startedAt = performance.now();
  const left = await stopLeftovers(home, records);
  if (left.length > 0) {
    progress.line(`  stopped what an earlier start left running: ${left.join(', ')}`);
  }
  await checkPorts(settings);
  await checkGivenServers(settings, progress, ending);
  await startUp({ ...launch, home, installation });
  const seconds = (performance.now() - startedAt) / 1000;
  progress.line();
  progress.headline(`Vigil is ready after ${seconds.toFixed(1)} s.`);
  for (const line of readyMessage(settings, home, launch.directory)) progress.line(line);
}
