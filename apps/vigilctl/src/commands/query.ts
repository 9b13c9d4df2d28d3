import { QueryResult, ROUTES } from '@vigil/contracts';
import type { Command } from 'commander';
import type { CommandRunner } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { renderTable } from '../output/table.js';

interface QueryOptions {
  source?: string;
  labels?: string;
  from?: string;
  to?: string;
  step?: string;
  agg?: string;
  by?: string;
}

/** Points of one series that a table shows; `--json` has all of them. */
const SHOWN_POINTS = 5;

export function addQuery(program: Command, runner: CommandRunner): void {
  const command = program
    .command('query')
    .argument('<metric>', 'for example cpu_usage')
    .description('samples of a metric')
    .option('--source <host>', 'only of this source')
    .option('--labels <k:v,…>', 'only series with these labels')
    .option('--from <time>', 'RFC 3339, or back from now such as -15m', '-15m')
    .option('--to <time>', 'end of the range')
    .option('--step <duration>', 'one point per step, for example 1m')
    .option('--agg <name>', 'avg, min, max, sum, count, last, p50, p95 or p99')
    .option('--by <labels>', 'one series per value of these labels')
    .action((metric: string, options: QueryOptions) =>
      runner.run(command, async ({ api, show }) => {
        const result = await api.call(ROUTES.query, QueryResult, {
          query: { metric, ...options },
        });
        show(result, () => render(result));
        return EXIT.ok;
      }),
    );
}

function render({ series }: QueryResult): string {
  if (series.length === 0) return 'No samples.';
  return renderTable(
    ['SOURCE', 'LABELS', 'POINTS', 'LAST AT', `LAST ${SHOWN_POINTS} VALUES`],
    series.map(({ source, labels, points }) => [
      source ?? '*',
      Object.entries(labels)
        .map(([name, value]) => `${name}=${value}`)
        .join(',') || '-',
      String(points.length),
      points.length === 0 ? '-' : new Date(points.at(-1)?.[0] ?? 0).toISOString(),
      points
        .slice(-SHOWN_POINTS)
        .map(([, value]) => String(Number(value.toPrecision(6))))
        .join(' '),
    ]),
  );
}
