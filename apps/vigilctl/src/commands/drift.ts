import { DriftView, pageOf, ROUTES } from '@vigil/contracts';
import type { Command } from 'commander';
import { z } from 'zod';
import type { CommandRunner } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { renderTable } from '../output/table.js';
import { age, clip, coloured, short } from '../output/words.js';
import { allPages } from './all-pages.js';
import { resourceArgument } from './arguments.js';

export function addDrift(program: Command, runner: CommandRunner): void {
  const command = program
    .command('drift')
    .description('what differs from the desired state; exits 1 when something does')
    .option('-r, --resource <id>', 'only this resource', resourceArgument)
    .option('--history', 'also what was resolved; exits 0')
    .option('--since <time>', 'with --history: detected since, for example -1h')
    .action((options: { resource?: string; history?: boolean; since?: string }) =>
      runner.run(command, async ({ api, show, world }) => {
        const { resource, history = false, since } = options;
        const drift = await allPages(
          api,
          history ? ROUTES.driftHistory : ROUTES.listDrift,
          pageOf(DriftView),
          { resource, ...(history ? { since } : {}) },
        );
        show(drift, () => renderDrift(drift, world.now()));
        return drift.length === 0 || history ? EXIT.ok : EXIT.negative;
      }),
    );
}

export function addEvaluate(program: Command, runner: CommandRunner): void {
  const command = program
    .command('evaluate')
    .argument('<resource>', 'namespace/kind/name or namespace/name', resourceArgument)
    .description('compare a resource with its desired state now; exits 1 when it differs')
    .action((resource: string) =>
      runner.run(command, async ({ api, show, world }) => {
        const schema = z.object({ drift: z.array(DriftView) });
        const { drift } = await api.call(ROUTES.evaluate, schema, { params: { resource } });
        show(drift, () => renderDrift(drift, world.now()));
        return drift.length === 0 ? EXIT.ok : EXIT.negative;
      }),
    );
}

function renderDrift(drift: readonly DriftView[], nowMs: number): string {
  if (drift.length === 0) return 'No drift.';
  const isAttributed = drift.some(({ attribution }) => attribution !== undefined);
  return renderTable(
    [
      ...['RESOURCE', 'TYPE', 'CLASS', 'SEVERITY', 'PATH', 'DESIRED', 'OBSERVED', 'AGE', 'STATE'],
      ...(isAttributed ? ['CHANGED BY'] : []),
    ],
    drift.map((each) => [
      each.resource,
      each.type,
      each.class,
      coloured(each.severity),
      each.path,
      short(each.desired),
      short(each.observed),
      age(each.detectedAt, nowMs),
      coloured(each.state),
      ...(isAttributed ? [clip(each.attribution ?? '-', 80)] : []),
    ]),
  );
}
