import { Command, CommanderError } from 'commander';
import { colours } from './output/colours.js';
import { CommandRunner, Outcome, type World } from './command-context.js';
import { addAgents, addKeys } from './commands/access.js';
import { addActions } from './commands/actions.js';
import { addAct, addDecisions } from './commands/decide.js';
import { addDrift, addEvaluate } from './commands/drift.js';
import { addExplain } from './commands/explain.js';
import { addImport } from './commands/import.js';
import { addQuery } from './commands/query.js';
import { addShow } from './commands/show.js';
import { addStatus } from './commands/status.js';
import { addSync } from './commands/sync.js';
import { addSuspend } from './commands/suspend.js';
import { addSystem } from './commands/system.js';
import { addValidate } from './commands/validate.js';
import { CommandFailure, EXIT, type ExitCode } from './exit-codes.js';
import { printable } from './output/printable.js';

const COMMANDS = [
  addStatus,
  addShow,
  addDrift,
  addActions,
  addExplain,
  addQuery,
  addSync,
  addValidate,
  addImport,
  addEvaluate,
  addAct,
  addDecisions,
  addSuspend,
  addSystem,
  addAgents,
  addKeys,
] as const;

const EXIT_CODES = `
Exit codes: 0 it worked; 1 it worked and the answer is no (drift, invalid, rejected, failed);
2 wrong usage; 3 Vigil cannot be reached; 4 not allowed; 5 not found; 6 refused;
7 the source cannot be read.

Without --url and --key, the nearest .vigil/ upwards (or VIGIL_HOME) tells where Vigil is and holds
the admin key; VIGIL_URL and VIGIL_KEY say otherwise.`;

/** Runs one command line; returns the exit code, prints errors without a stack trace. */
export async function run(argv: readonly string[], given: World): Promise<ExitCode> {
  const world = printing(given);
  const outcome = new Outcome();
  const program = makeProgram(world, new CommandRunner(world, outcome));
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return outcome.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    if (!(error instanceof CommandFailure)) throw error;
    world.err(colours.red(`vigilctl: ${error.message}`));
    for (const detail of error.details) world.err(`  ${detail}`);
    return error.exitCode;
  }
}

function printing(world: World): World {
  return {
    ...world,
    out: (text) => {
      world.out(printable(text));
    },
    err: (text) => {
      world.err(printable(text));
    },
  };
}

function makeProgram(world: World, runner: CommandRunner): Command {
  const program = new Command('vigilctl')
    .description('Shows and steers what Vigil does.')
    .option('--url <url>', 'URL of the collector')
    .option('--key <key>', 'API key (prefer VIGIL_KEY: others can read command lines)')
    .option('--json', 'print JSON for scripts')
    .showHelpAfterError('(add --help for more)')
    .addHelpText('after', EXIT_CODES)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        world.out(text.trimEnd());
      },
      writeErr: (text) => {
        world.err(text.trimEnd());
      },
    });
  for (const add of COMMANDS) add(program, runner);
  return program;
}
