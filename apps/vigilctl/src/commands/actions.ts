import { ActionDetail, ActionView, pageOf, ROUTES } from '@vigil/contracts';
import type { Command } from 'commander';
import type { CommandRunner } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { renderTable } from '../output/table.js';
import { age, clip, clockTime, coloured } from '../output/words.js';
import { allPages } from './all-pages.js';
import { resourceArgument, wholeNumberArgument } from './arguments.js';

interface ActionsOptions {
  resource?: string;
  status?: string;
  action?: string;
  since?: string;
  limit: number;
}

export function addActions(program: Command, runner: CommandRunner): void {
  const list = program
    .command('actions')
    .description('what was done, newest first')
    .option('-r, --resource <id>', 'only on this resource', resourceArgument)
    .option('--status <state>', 'only in this state, for example failed')
    .option('--action <name>', 'only of this kind, for example restart')
    .option('--since <time>', 'requested since, for example -1h')
    .option('--limit <n>', 'at most so many', wholeNumberArgument, 20)
    .action((options: ActionsOptions) =>
      runner.run(list, async ({ api, show, world }) => {
        const { resource: target, status, action, since, limit } = options;
        const query = { target, status, action, since };
        const actions = await allPages(api, ROUTES.listActions, pageOf(ActionView), query, limit);
        show(actions, () => renderActions(actions, world.now()));
        return EXIT.ok;
      }),
    );
  const one = program
    .command('action')
    .argument('<id>', 'id of the action')
    .description('one action with its whole timeline')
    .action((id: string) =>
      runner.run(one, async ({ api, show }) => {
        const action = await api.call(ROUTES.getAction, ActionDetail, { params: { id } });
        show(action, () => renderAction(action));
        return action.status === 'failed' ? EXIT.negative : EXIT.ok;
      }),
    );
}

function renderActions(actions: readonly ActionView[], nowMs: number): string {
  if (actions.length === 0) return 'No actions.';
  return renderTable(
    ['ID', 'TARGET', 'ACTION', 'STATUS', 'BY', 'AGE', 'TOOK', 'REASON'],
    actions.map((action) => [
      action.id,
      action.target,
      action.attempt > 1 ? `${action.action} (${action.attempt}.)` : action.action,
      coloured(action.status),
      action.actor,
      age(action.startedAt, nowMs),
      took(action),
      clip(action.reason?.message ?? '', 70),
    ]),
  );
}

function took({ startedAt, completedAt }: ActionView): string {
  if (completedAt === undefined) return '-';
  return `${Date.parse(completedAt) - Date.parse(startedAt)}ms`;
}

function renderAction(action: ActionDetail): string {
  return [
    `${action.action} ${action.target}: ${coloured(action.status)}`,
    `id ${action.id}, attempt ${action.attempt}, mode ${action.mode}, correlation ${action.correlationId}`,
    ...(action.planHash === undefined ? [] : [`plan ${action.planHash}`]),
    '',
    renderTable(
      ['TIME', 'WHAT', 'WHO', 'WHY'],
      action.timeline.map((entry) => [
        clockTime(entry.at),
        entry.to === undefined ? entry.kind : `${entry.from ?? ''} → ${coloured(entry.to)}`,
        entry.actor,
        clip(entry.reason?.message ?? '', 90),
      ]),
    ),
  ].join('\n');
}
