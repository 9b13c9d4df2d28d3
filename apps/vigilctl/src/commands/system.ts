import { ROUTES, StopOutcome, type SwitchOutcome } from '@vigil/contracts';
import type { Command } from 'commander';
import type { CommandRunner } from '../command-context.js';
import { EXIT } from '../exit-codes.js';

/** Stop-the-world and its end. */
export function addSystem(program: Command, runner: CommandRunner): void {
  for (const [verb, route, does] of [
    ['stop', ROUTES.stopSystem, 'stop the world: no automatic action runs anywhere until resume'],
    ['resume', ROUTES.resumeSystem, 'end stop-the-world'],
  ] as const) {
    const command = program
      .command(verb)
      .description(does)
      .requiredOption('--reason <text>', 'why, for the audit')
      .action(({ reason }: { reason: string }) =>
        runner.run(command, async ({ api, show }) => {
          const outcome = await api.call(route, StopOutcome, { body: { reason } });
          show(outcome, () => render(outcome));
          return outcome.unreached.length === 0 ? EXIT.ok : EXIT.negative;
        }),
      );
  }
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

/** What is missing to a switch that holds everywhere and for good. */
export function reservations({ inForce, durable }: SwitchOutcome): string[] {
  return [
    ...(inForce
      ? []
      : [
          'NATS is away: only agents at this collector know; everybody else does when NATS is back.',
        ]),
    ...(durable
      ? []
      : ['PostgreSQL is away: until it is back, a NATS that loses its data forgets this.']),
  ];
}
