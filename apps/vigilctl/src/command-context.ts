import type { Command } from 'commander';
import { z } from 'zod';
import { Api } from './connection/api.js';
import { findConnection } from './connection/find-connection.js';
import { EXIT, type ExitCode } from './exit-codes.js';

/** What the world of a command is made of, so that tests can bring their own. */
export interface World {
  readonly env: NodeJS.ProcessEnv;
  readonly directory: string;
  readonly now: () => number;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

const GlobalOptions = z.object({
  url: z.string().optional(),
  key: z.string().optional(),
  json: z.boolean().default(false),
});

/** What a command is given to do its work with. */
export interface CommandContext {
  readonly api: Api;
  readonly json: boolean;
  readonly world: World;
  /** Prints the answer as JSON with `--json`, else what `render` makes of it for people. */
  readonly show: (answer: unknown, render: () => string) => void;
}

/** A command's work; its result is the exit code of the process. */
export type CommandWork = (context: CommandContext) => Promise<ExitCode>;

/** Collects the exit code that a command ended with. */
export class Outcome {
  exitCode: ExitCode = EXIT.ok;
}

/** Adds commands to the program and runs their work with a context made from the global options. */
export class CommandRunner {
  constructor(
    private readonly world: World,
    private readonly outcome: Outcome,
  ) {}

  async run(command: Command, work: CommandWork): Promise<void> {
    this.outcome.exitCode = await work(this.contextOf(command));
  }

  private contextOf(command: Command): CommandContext {
    const options = GlobalOptions.parse(command.optsWithGlobals());
    const { world } = this;
    let api: Api | undefined;
    return {
      // only when it is asked for: what works offline must not fail for want of a key
      get api() {
        api ??= new Api(findConnection(options, world.env, world.directory));
        return api;
      },
      json: options.json,
      world,
      show: (answer, render) => {
        world.out(options.json ? JSON.stringify(answer, null, 2) : render());
      },
    };
  }
}
