import { ROUTES, SwitchOutcome } from '@vigil/contracts';
import type { Command } from 'commander';
import type { CommandContext, CommandRunner } from '../command-context.js';
import { CommandFailure, EXIT, type ExitCode } from '../exit-codes.js';
import { durationArgument, resourceArgument } from './arguments.js';
import { reservations } from '../output/reservations.js';

/** What can be suspended: a source by its name, a resource by its id. */
export type Suspendable =
  | { readonly kind: 'source'; readonly name: string }
  | { readonly kind: 'resource'; readonly name: string };

/** A resource has a slash in its name, a source never has. */
export function suspendableArgument(text: string): Suspendable {
  if (text.includes('/')) return { kind: 'resource', name: resourceArgument(text) };
  return { kind: 'source', name: text };
}

interface SuspendOptions {
  readonly reason: string;
  readonly for?: string;
}

const WHAT = ['[what]', 'name of a source, or namespace/kind/name of a resource'] as const;
const DEFAULT: Suspendable = { kind: 'source', name: 'default' };

export function addSuspend(program: Command, runner: CommandRunner): void {
  const suspend = program
    .command('suspend')
    .argument(...WHAT, suspendableArgument)
    .description('pause a source, or leave one resource alone')
    .requiredOption('--reason <text>', 'why, for the audit')
    .option('--for <duration>', 'of a resource: after how long it ends by itself', durationArgument)
    .action((what: Suspendable = DEFAULT, options: SuspendOptions) =>
      runner.run(suspend, (context) => switchSuspension(context, what, options, true)),
    );
  const unsuspend = program
    .command('unsuspend')
    .argument(...WHAT, suspendableArgument)
    .description('end the pause of a source or resource')
    .requiredOption('--reason <text>', 'why, for the audit')
    .action((what: Suspendable = DEFAULT, options: SuspendOptions) =>
      runner.run(unsuspend, (context) => switchSuspension(context, what, options, false)),
    );
}

export async function switchSuspension(
  { api, show }: CommandContext,
  { kind, name }: Suspendable,
  { reason, for: duration }: SuspendOptions,
  suspended: boolean,
): Promise<ExitCode> {
  if (duration !== undefined && kind === 'source') {
    const message = '--for is for resources: a source is suspended until it is resumed';
    throw new CommandFailure(message, EXIT.usage);
  }
  const body = { reason, ...(duration === undefined ? {} : { expiresAfter: duration }) };
  const outcome = await api.call(routeFor(kind, suspended), SwitchOutcome, {
    params: kind === 'source' ? { name } : partsOf(name),
    body,
  });
  show({ [kind]: name, suspended, ...outcome }, () =>
    [`${name}: ${saysOf(kind, suspended)}.`, ...reservations(outcome)].join('\n'),
  );
  return EXIT.ok;
}

function routeFor(kind: Suspendable['kind'], suspended: boolean) {
  if (kind === 'source') return suspended ? ROUTES.suspendSource : ROUTES.resumeSource;
  return suspended ? ROUTES.suspendManifest : ROUTES.resumeManifest;
}

function partsOf(resource: string): Record<string, string> {
  const [namespace = '', kind = '', name = ''] = resource.split('/');
  return { namespace, kind, name };
}

function saysOf(kind: Suspendable['kind'], suspended: boolean): string {
  if (!suspended) return 'no longer suspended';
  return kind === 'source'
    ? 'suspended: what it declares is not repaired, new revisions wait'
    : 'suspended: nothing is done to it by itself';
}
