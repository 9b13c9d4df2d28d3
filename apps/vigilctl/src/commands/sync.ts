import { ROUTES, SourceSynced } from '@vigil/contracts';
import type { Command } from 'commander';
import type { z } from 'zod';
import type { CommandRunner } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { manifestError } from '../output/manifest-error.js';

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
