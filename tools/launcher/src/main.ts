import { ConfigError } from '@vigil/config';
import { fileURLToPath } from 'node:url';
import { parseCommandLine, USAGE } from './command-line.js';
import { GivenServerUnusable } from './given-servers.js';
import { launch } from './launch.js';
import { AlreadyRunning } from './launcher-lock.js';
import { NatsServerMissing } from './nats-installation.js';
import { PortsTaken } from './port-plan.js';
import { Progress, standardOutput } from './progress.js';
import { readSettings } from './settings.js';
import { FailedToStart } from './supervised-process.js';

/** Exit codes: 0 after an orderly end, 1 when it could not start, 2 when it was told something wrong. */
async function main(): Promise<number> {
  const options = parseCommandLine(process.argv.slice(2));
  if (options === undefined) {
    process.stderr.write(`${USAGE}\n`);
    return 2;
  }
  try {
    const workspace = fileURLToPath(new URL('../../..', import.meta.url));
    const directory = process.cwd();
    const settings = readSettings({ env: process.env, workspace, directory });
    const progress = new Progress(standardOutput());
    await launch({ settings, options, progress, env: process.env, directory });
    return 0;
  } catch (error) {
    process.stderr.write(`\n${explain(error)}\n`);
    return isWrongSetting(error) ? 2 : 1;
  }
}

function isWrongSetting(error: unknown): boolean {
  if (error instanceof FailedToStart) return error.isMisconfigured;
  return error instanceof ConfigError || error instanceof PortsTaken;
}

function explain(error: unknown): string {
  if (error instanceof AlreadyRunning) {
    return `Vigil is running already (launcher pid ${error.holder.pid}). Stop it first, or set VIGIL_HOME to another folder and the ports to free ones.`;
  }
  if (error instanceof FailedToStart) {
    const output = error.output.map((line) => `  | ${line}`);
    return [`${error.message}. The end of its log:`, ...output].join('\n');
  }
  const forPeople = [ConfigError, PortsTaken, GivenServerUnusable, NatsServerMissing];
  if (error instanceof Error && forPeople.some((kind) => error instanceof kind))
    return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

process.exit(await main());
