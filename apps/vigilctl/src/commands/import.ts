import { Option, type Command } from 'commander';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import type { CommandRunner } from '../command-context.js';
import { importCompose } from '../compose/import-compose.js';
import { CommandFailure, EXIT } from '../exit-codes.js';
import { colours } from '../output/colours.js';

const Options = z.object({
  fromCompose: z.string(),
  project: z.string().optional(),
  host: z.string().optional(),
  output: z.string().optional(),
  separator: z.enum(['-', '_']),
  strict: z.boolean().default(false),
});

export function addImport(program: Command, runner: CommandRunner): void {
  const command = program
    .command('import')
    .description('write manifests for what runs already; mode observe, and nothing is restarted')
    .requiredOption('--from-compose <file>', 'a Compose file whose project runs')
    .option('--project <name>', 'its project, when the file and its directory do not tell')
    .option('--host <host>', 'the host that it runs on')
    .addOption(
      new Option('--separator <char>', 'between the parts of container names; Compose 1 has "_"')
        .choices(['-', '_'])
        .default('-'),
    )
    .option('-o, --output <directory>', 'write one file for each; without it they are printed')
    .option('--strict', 'write nothing when something cannot be said in a manifest')
    .action((given: unknown) =>
      runner.run(command, async ({ show, world }) => {
        const options = Options.parse(given);
        const path = resolve(world.directory, options.fromCompose);
        const { files, notes } = importCompose({
          ...options,
          text: textAt(path),
          directory: dirname(path),
          env: world.env,
          read: (file) => textIfAny(file),
        });
        for (const { severity, place, message } of notes) {
          const line = `${options.fromCompose}: ${place}: ${severity}: ${message}`;
          world.err(severity === 'error' ? colours.red(line) : colours.yellow(line));
        }
        const isRefused =
          notes.some(({ severity }) => severity === 'error') ||
          (options.strict && notes.length > 0);
        if (isRefused) return Promise.resolve(EXIT.negative);
        if (options.output !== undefined) write(resolve(world.directory, options.output), files);
        show({ files, notes }, () =>
          files
            .map(({ name, text }) => (options.output === undefined ? text : `wrote ${name}`))
            .join(options.output === undefined ? '---\n' : '\n'),
        );
        return Promise.resolve(EXIT.ok);
      }),
    );
}

function textAt(path: string): string {
  const text = textIfAny(path);
  if (text === undefined) throw new CommandFailure(`cannot read ${path}`, EXIT.usage);
  return text;
}

function textIfAny(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** What somebody has written by hand is not written over. */
function write(directory: string, files: readonly { name: string; text: string }[]): void {
  mkdirSync(directory, { recursive: true });
  for (const { name, text } of files) {
    try {
      writeFileSync(join(directory, name), text, { flag: 'wx' });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new CommandFailure(`cannot write ${name}: ${reason}`, EXIT.usage);
    }
  }
}
