import { Injectable } from '@nestjs/common';
import type { IssuedOperation } from '../action/action-view.js';
import type { ActionRun } from '../drive/action-run.js';
import { AgentChannel } from '../hosts/agent-channel.js';
import type { ActionHold } from '../locks/action-hold.js';
import type { PlannedOperation } from '../plan/next-batch.js';
import { CommandRunner, type CommandOutcome } from './command-runner.js';

/** An operation that was sent, and how that ended. */
export interface OperationOutcome {
  readonly operation: PlannedOperation;
  readonly outcome: CommandOutcome;
}

/** Sends operations to their hosts and records what became of them. */
@Injectable()
export class IssueOperations {
  constructor(
    private readonly runner: CommandRunner,
    private readonly channel: AgentChannel,
  ) {}

  /** Carries the operations out at the same time: each is in the log before it is sent. */
  async issue(
    run: ActionRun,
    hold: ActionHold,
    operations: readonly PlannedOperation[],
    rollback: boolean,
  ): Promise<readonly OperationOutcome[]> {
    return allEnded(
      operations.map(async (operation) => {
        const { index, host } = operation;
        const issued = { index, commandId: commandIdOf(run, index, rollback), rollback };
        hold.requireToken(); // without the lock it is not even written down
        await run.operationIssued(issued, host, operation.operation);
        const outcome = await this.carryOut(run, hold, { ...operation, ...issued }, false);
        return { operation, outcome };
      }),
    );
  }

  /** Finds out what became of operations that were sent before this process took over. */
  async resume(
    run: ActionRun,
    hold: ActionHold,
    issued: readonly IssuedOperation[],
  ): Promise<readonly OperationOutcome[]> {
    return allEnded(
      issued.map(async (operation) => ({
        operation,
        outcome: await this.carryOut(run, hold, operation, true),
      })),
    );
  }

  private async carryOut(
    run: ActionRun,
    hold: ActionHold,
    issued: PlannedOperation & { readonly commandId: string; readonly rollback: boolean },
    mayBeSent: boolean,
  ): Promise<CommandOutcome> {
    const { commandId, host, operation } = issued;
    const outcome = await this.runner.run(
      {
        commandId,
        host,
        operation,
        request: run.view.request,
        fencingToken: hold.requireToken(),
        mayBeSent,
      },
      run.stopping,
    );
    if (outcome.kind === 'answered') {
      await run.operationFinished(issued, outcome.result);
      this.channel.acknowledge(host, commandId);
    }
    return outcome;
  }
}

/** Waits for every one, also when another one fails: none goes on behind the back of its action. */
async function allEnded<Result>(tasks: readonly Promise<Result>[]): Promise<readonly Result[]> {
  await Promise.allSettled(tasks);
  return Promise.all(tasks);
}

/** The same for the same operation of the same action, by whichever process. */
function commandIdOf({ view }: ActionRun, index: number, rollback: boolean): string {
  return `${view.request.actionId}.${rollback ? 'r' : ''}${index}`;
}
