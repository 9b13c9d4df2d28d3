// first: its settings have to be made before anything else is loaded
import { releaseStartUpMemory } from './frugal-runtime.js';
import { ConfigError, loadConfig, parseServiceArguments, printConfig } from '@vigil/config';
import { runAgent } from './agent.js';
import { agentConfig, type AgentConfig } from './config.js';
import { HomeInUse } from './disk/home-lock.js';
import { endingOfProcess } from './ending.js';
import { EnrolmentRefused } from './enrolment/enrol.js';
import { NotEnrolled } from './enrolment/obtain-identity.js';
import { jsonLog } from './log/json-log.js';
import type { Log } from './log/log.js';
import { PortTaken } from './pull/pull-server.js';
import { AGENT_VERSION } from './version.js';

/** Exit codes as for the services: 1 after a failure, 2 when a person has to change the configuration. */
const EXIT_FAILED = 1;
const EXIT_CONFIG = 2;

/** By then everything that an agent does was done once. */
const STARTED_AFTER_MS = 15_000;

const config = configOfProcess();
if (config !== undefined) {
  const log = jsonLog({ level: config.logLevel, version: AGENT_VERSION });
  surviveTheParent();
  exitOnFatalErrors(log);
  setTimeout(releaseStartUpMemory, STARTED_AFTER_MS).unref();
  await runAgent(config, tokenNow, endingOfProcess(), log).then(
    () => {
      log.info('stopped');
      process.exit(0);
    },
    (error: unknown) => {
      log.error('the agent cannot go on', error);
      process.exit(needsPerson(error) ? EXIT_CONFIG : EXIT_FAILED);
    },
  );
}

/** The parsed configuration; undefined when the process has said all that it was started for. */
function configOfProcess(): AgentConfig | undefined {
  try {
    const args = parseServiceArguments(agentConfig.service, process.argv.slice(2));
    const config = configNow();
    if (!args.printConfig) return config;
    process.stdout.write(`${printConfig(agentConfig, config)}\n`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = EXIT_CONFIG;
  }
  return undefined;
}

/** As the environment and the files say at this moment. */
function configNow(): AgentConfig {
  const { configFile } = parseServiceArguments(agentConfig.service, process.argv.slice(2));
  return loadConfig(agentConfig, { env: process.env, file: configFile });
}

/** A person may have put a new one into its file; a configuration that is wrong by now has none. */
function tokenNow(): string | undefined {
  try {
    return configNow().enrolToken;
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}

function needsPerson(error: unknown): boolean {
  return (
    error instanceof NotEnrolled ||
    error instanceof EnrolmentRefused ||
    error instanceof HomeInUse ||
    error instanceof PortTaken
  );
}

/** Whoever reads our output may die: what we look after must not die with it. */
function surviveTheParent(): void {
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
}

/** A process in an unknown state ends; the next one takes the supervised processes up again. */
function exitOnFatalErrors(log: Log): void {
  const fatal = (what: string) => (error: unknown) => {
    log.error(what, error);
    process.exit(EXIT_FAILED);
  };
  process.on('uncaughtException', fatal('uncaught error'));
  process.on('unhandledRejection', fatal('unhandled rejection'));
}
