import { ActionOrdered, DecisionTaken, ROUTES, type RouteDefinition } from '@vigil/contracts';
import type { Command } from 'commander';
import type { CommandRunner } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { durationArgument, resourceArgument, wholeNumberArgument } from './arguments.js';

const REASON = ['--reason <text>', 'why, for the audit'] as const;

const DECISIONS: readonly [name: string, route: RouteDefinition, does: string][] = [
  ['approve', ROUTES.approveAction, 'let an action that waits for approval run'],
  ['reject', ROUTES.rejectAction, 'refuse an action that waits for approval'],
  ['cancel', ROUTES.cancelAction, 'stop an action that is not finished'],
];

export function addDecisions(program: Command, runner: CommandRunner): void {
  for (const [name, route, does] of DECISIONS) {
    const command = program
      .command(name)
      .argument('<action>', 'id of the action')
      .description(does)
      .requiredOption(...REASON);
    if (name === 'approve') command.option('--plan <hash>', 'the plan that was read');
    command.action((id: string, { reason, plan }: { reason: string; plan?: string }) =>
      runner.run(command, async ({ api, show }) => {
        const body = { reason, ...(plan === undefined ? {} : { planHash: plan }) };
        const taken = await api.call(route, DecisionTaken, { params: { id }, body });
        show(taken, () => `${taken.decision} ${taken.actionId}: recorded.`);
        return EXIT.ok;
      }),
    );
  }
}

interface ActOptions {
  reason: string;
  replicas?: number;
  for?: string;
  force?: boolean;
  dryRun?: boolean;
}

export function addAct(program: Command, runner: CommandRunner): void {
  const command = program
    .command('act')
    .argument('<resource>', 'namespace/kind/name or namespace/name', resourceArgument)
    .argument('<action>', 'start, stop, restart, update or scale')
    .description('ask for an action yourself')
    .requiredOption(...REASON)
    .option('--replicas <n>', 'with scale: how many', wholeNumberArgument)
    .option(
      '--for <duration>',
      'with scale and stop: for how long, for example 2h (default: a scale until Git has another number of replicas, a stop until start)',
      durationArgument,
    )
    .option('--force', 'override the gates that may be overridden')
    .option('--dry-run', 'compute and record the plan, then stop')
    .action((resource: string, action: string, options: ActOptions) =>
      runner.run(command, async ({ api, show }) => {
        const { reason, replicas, for: expiresAfter, force = false, dryRun = false } = options;
        const ordered = await api.call(ROUTES.orderAction, ActionOrdered, {
          body: {
            resource,
            action,
            reason,
            force,
            dryRun,
            ...(replicas === undefined ? {} : { replicas }),
            ...(expiresAfter === undefined ? {} : { expiresAfter }),
          },
        });
        show(ordered, () => `Requested. Follow it with: vigilctl action ${ordered.actionId}`);
        return EXIT.ok;
      }),
    );
}
