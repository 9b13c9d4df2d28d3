import { Explanation, ResourceExplanation, ROUTES } from '@vigil/contracts';
import { parseResourceId } from '@vigil/manifests';
import type { Command } from 'commander';
import { colours } from '../output/colours.js';
import type { CommandRunner } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { renderTable } from '../output/table.js';
import { age, clip, clockTime, coloured } from '../output/words.js';

export function addExplain(program: Command, runner: CommandRunner): void {
  const command = program
    .command('explain')
    .argument('<what>', 'a resource (namespace/name) or a correlation id')
    .description('why something was done, and why something was not')
    .action((what: string) =>
      runner.run(command, async ({ api, show, world }) => {
        const resource = what.includes('/') ? parseResourceId(what) : undefined;
        if (resource === undefined) {
          const params = { correlationId: what };
          const chain = await api.call(ROUTES.explain, Explanation, { params });
          show(chain, () => renderChain(chain));
          return EXIT.ok;
        }
        const query = { resource };
        const explanation = await api.call(ROUTES.explainResource, ResourceExplanation, { query });
        show(explanation, () => renderResource(explanation, world.now()));
        return EXIT.ok;
      }),
    );
}

function renderResource(explanation: ResourceExplanation, nowMs: number): string {
  const { status, obstacles, chains } = explanation;
  const states = status === null ? '' : ` (${coloured(status.sync)}, ${coloured(status.health)})`;
  return [
    `${colours.bold(explanation.resource)}${states}`,
    explanation.summary,
    ...(obstacles.length === 0
      ? []
      : [
          '',
          renderTable(
            ['IN THE WAY', 'CODE', 'GATE', 'SINCE', 'NEXT TRY', 'WHY'],
            obstacles.map((obstacle) => [
              obstacle.kind,
              obstacle.code,
              obstacle.gate ?? '-',
              age(obstacle.since, nowMs),
              obstacle.nextAttemptAt === undefined
                ? 'when something changes'
                : clockTime(obstacle.nextAttemptAt),
              clip(obstacle.message, 90),
            ]),
          ),
        ]),
    ...chains.flatMap((chain) => ['', renderChain(chain)]),
  ].join('\n');
}

function renderChain(chain: Explanation): string {
  return [
    `${colours.bold(chain.correlationId)}  ${chain.summary}`,
    ...chain.steps.map(
      (step) => `  ${clockTime(step.at)}  ${step.kind.padEnd(8)}  ${clip(step.summary, 120)}`,
    ),
  ].join('\n');
}
