import { ROUTES, StopOutcome } from '@vigil/contracts';
import type { Command } from 'commander';
import type { CommandContext, CommandRunner } from '../command-context.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { reservations } from '../output/reservations.js';
import { suspendableArgument, switchSuspension, type Suspendable } from './suspend.js';

/** Stop-the-world and its end. */
export function addSystem(program: Command, runner: CommandRunner): void {
  const stop = program
    .command('stop')
    .description('stop the world: no automatic action runs anywhere until resume')
    .requiredOption('--reason <text>', 'why, for the audit')
    .action(({ reason }: { reason: string }) =>
      runner.run(stop, (context) => switchWorld(context, ROUTES.stopSystem, reason)),
    );
  const resume = program
    .command('resume')
    .argument('[what]', 'a suspended source or resource; absent: the world', suspendableArgument)
    .description('end stop-the-world, or the suspension of a source or resource')
    .requiredOption('--reason <text>', 'why, for the audit')
    .action((what: Suspendable | undefined, { reason }: { reason: string }) =>
      runner.run(resume, (context) =>
        what === undefined
          ? switchWorld(context, ROUTES.resumeSystem, reason)
          : switchSuspension(context, what, { reason }, false),
      ),
    );
}

async function switchWorld(
  { api, show }: CommandContext,
  route: typeof ROUTES.stopSystem | typeof ROUTES.resumeSystem,
  reason: string,
): Promise<ExitCode> {
  const outcome = await api.call(route, StopOutcome, { body: { reason } });
  show(outcome, () => render(outcome));
  return outcome.unreached.length === 0 ? EXIT.ok : EXIT.negative;
}

function render(outcome: StopOutcome): string {
  const { stopped, acknowledged, unreached } = outcome;
  return [
    stopped ? 'Stopped: no automatic action runs.' : 'Resumed.',
    ...reservations(outcome),
    `Agents that confirmed it: ${acknowledged.join(', ') || 'none'}`,
    ...(unreached.length === 0
      ? []
      : [`Not reached (told as soon as they connect): ${unreached.join(', ')}`]),
  ].join('\n');
}
