import { AgentRecord, HostDescription, ManifestView, pageOf, ROUTES } from '@vigil/contracts';
import { Option, type Command } from 'commander';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import type { CommandContext, CommandRunner } from '../command-context.js';
import { importCompose } from '../compose/import-compose.js';
import type { Api } from '../connection/api.js';
import { CommandFailure, EXIT, type ExitCode } from '../exit-codes.js';
import { importHost, type HostSource } from '../host/import-host.js';
import type { Imported } from '../importing/imported.js';
import { writeFiles } from '../importing/write-files.js';
import { colours } from '../output/colours.js';
import { allPages } from './all-pages.js';

const Options = z.object({
  fromCompose: z.string().optional(),
  fromHost: z.string().optional(),
  exclude: z.string().optional(),
  project: z.string().optional(),
  host: z.string().optional(),
  output: z.string().optional(),
  separator: z.enum(['-', '_']),
  strict: z.boolean().default(false),
});
type Options = z.infer<typeof Options>;

export function addImport(program: Command, runner: CommandRunner): void {
  const command = program
    .command('import')
    .description('write manifests for what runs already; mode observe, and nothing is restarted')
    .argument('[containers...]', 'with --from-host: these alone')
    .option('--from-host <host>', 'the containers that run on a host and that no Vigil manages')
    .option('--exclude <containers>', 'with --from-host: not these, separated by commas')
    .option('--from-compose <file>', 'a Compose file whose project runs')
    .option('--project <name>', 'its project, when the file and its directory do not tell')
    .option('--host <host>', 'the host that it runs on')
    .addOption(
      new Option('--separator <char>', 'between the parts of container names; Compose 1 has "_"')
        .choices(['-', '_'])
        .default('-'),
    )
    .option('-o, --output <directory>', 'write one file for each; without it they are printed')
    .option('--strict', 'write nothing when something cannot be said in a manifest')
    .action((containers: string[], given: unknown) =>
      runner.run(command, async (context) => {
        const options = Options.parse(given);
        const { fromHost, fromCompose } = options;
        if ((fromHost === undefined) === (fromCompose === undefined)) {
          throw new CommandFailure('expected either --from-host or --from-compose', EXIT.usage);
        }
        if (fromHost !== undefined) {
          refuseOptionsOfCompose(options);
          const source = await hostSource(context.api, fromHost, containers);
          const imported = importHost(without(source, options.exclude));
          return deliver(fromHost, imported, options, context);
        }
        if (containers.length > 0 || options.exclude !== undefined) {
          throw new CommandFailure('containers are named with --from-host only', EXIT.usage);
        }
        return deliver(fromCompose ?? '', fromFile(options, context), options, context);
      }),
    );
}

function refuseOptionsOfCompose({ project, host }: Options): void {
  if (project === undefined && host === undefined) return;
  throw new CommandFailure('--project and --host belong to --from-compose', EXIT.usage);
}

/** Asks the agent of the host, and what is known of the host itself. */
async function hostSource(
  api: Api,
  host: string,
  containers: readonly string[],
): Promise<HostSource> {
  const agents = await allPages(api, ROUTES.listAgents, pageOf(AgentRecord));
  const agent = agents.find((each) => each.host === host);
  if (agent === undefined)
    throw new CommandFailure(`no agent of ${host} is enrolled`, EXIT.notFound);
  const description = await api.call(ROUTES.describeHost, HostDescription, {
    params: { id: host },
    body: containers.length === 0 ? {} : { containers: [...new Set(containers)] },
  });
  const inForce = await allPages(api, ROUTES.listManifests, pageOf(ManifestView));
  return {
    host,
    description,
    labels: agent.labels,
    isDeclared: inForce.some(
      ({ kind, name, source }) => kind === 'Host' && name === host && source !== null,
    ),
    taken: new Set(
      inForce
        .filter(({ kind }) => kind === 'Service')
        .map(({ namespace, name }) => `${namespace}/${name}`),
    ),
    areNamed: containers.length > 0,
  };
}

/** What one container is like keeps the others from being written: then it is left out. */
function without(source: HostSource, exclude = ''): HostSource {
  const left = new Set(exclude.split(',').map((name) => name.trim()));
  const { containers, refused, omitted } = source.description;
  const description = {
    containers: containers.filter(({ config }) => !left.has(config.container.name)),
    refused: refused.filter(({ name }) => !left.has(name)),
    omitted: omitted.filter((name) => !left.has(name)),
  };
  return { ...source, description };
}

function fromFile(options: Options, { world }: CommandContext): Imported {
  const path = resolve(world.directory, options.fromCompose ?? '');
  return importCompose({
    ...options,
    text: textAt(path),
    directory: dirname(path),
    env: world.env,
    read: (file) => textIfAny(file),
  });
}

/** Says what is to be known, and gives the manifests unless they would not be what runs. */
function deliver(
  origin: string,
  { files, notes }: Imported,
  { output, strict }: Options,
  { show, world }: CommandContext,
): ExitCode {
  for (const { severity, place, message } of notes) {
    const line = `${origin}: ${place}: ${severity}: ${message}`;
    world.err(severity === 'error' ? colours.red(line) : colours.yellow(line));
  }
  const isRefused =
    notes.some(({ severity }) => severity === 'error') || (strict && notes.length > 0);
  if (isRefused) {
    world.err('nothing is written');
    return EXIT.negative;
  }
  if (output === undefined) {
    show({ files, notes }, () => files.map(({ text }) => text).join('---\n'));
    return EXIT.ok;
  }
  const written = writeFiles(resolve(world.directory, output), files);
  show({ files, notes }, () =>
    files
      .map(({ name }) => (written.has(name) ? `wrote ${name}` : `${name} is there already`))
      .join('\n'),
  );
  return EXIT.ok;
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
