import { ROUTES, SourceSynced, SwitchOutcome } from '@vigil/contracts';
import type { Command } from 'commander';
import type { z } from 'zod';
import type { CommandRunner } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { manifestError } from '../output/manifest-error.js';
import { reservations } from './system.js';

const SOURCE = ['[source]', 'name of the source', 'default'] as const;

export function addSync(program: Command, runner: CommandRunner): void {
  const sync = program
    .command('sync')
    .argument(...SOURCE)
    .description(
      'fetch a source now; exits 1 when its newest revision is rejected, 7 when it cannot be read',
    )
    .action((name: string) =>
      runner.run(sync, async ({ api, show }) => {
        const result = await api.call(ROUTES.syncSource, SourceSynced, { params: { name } });
        show(result, () => render(name, result));
        return result.outcome === 'applied' ? EXIT.ok : EXIT.negative;
      }),
    );
  for (const [verb, route, done] of [
    [
      'suspend',
      ROUTES.suspendSource,
      'suspended: what it declares is not repaired, new revisions wait',
    ],
    ['unsuspend', ROUTES.resumeSource, 'no longer suspended'],
  ] as const) {
    const command = program
      .command(verb)
      .argument(...SOURCE)
      .description(verb === 'suspend' ? 'pause a source' : 'end the pause of a source')
      .requiredOption('--reason <text>', 'why, for the audit')
      .action((name: string, { reason }: { reason: string }) =>
        runner.run(command, async ({ api, show }) => {
          const outcome = await api.call(route, SwitchOutcome, {
            params: { name },
            body: { reason },
          });
          show({ source: name, suspended: verb === 'suspend', ...outcome }, () =>
            [`${name}: ${done}.`, ...reservations(outcome)].join('\n'),
          );
          return EXIT.ok;
        }),
      );
  }
}

function render(name: string, result: z.infer<typeof SourceSynced>): string {
  const revision = result.revision.slice(0, 12);
  if (result.outcome === 'applied') {
    return `${name}: revision ${revision} is in force${result.changed ? '' : ' (nothing new)'}.`;
  }
  return [
    `${name}: revision ${revision} is rejected; ${(result.inForce ?? 'nothing').slice(0, 12)} stays in force.`,
    ...result.errors.map((error) => `  ${manifestError(error)}`),
  ].join('\n');
}
