import { Injectable } from '@nestjs/common';
import type { CommandResult } from '@vigil/contracts';
import { Clock } from '@vigil/service';
import type { IssuedOperation } from '../action/action-view.js';
import type { ActionRun } from '../drive/action-run.js';
import { AgentChannel } from '../hosts/agent-channel.js';
import { UNREACHABLE } from '../hosts/agent-codes.js';
import type { ActionHold } from '../locks/action-hold.js';
import type { PlannedOperation } from '../plan/next-batch.js';
import { CommandRunner, type CommandOutcome } from './command-runner.js';
import { Guard } from './guard.js';

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
    private readonly guard: Guard,
    private readonly clock: Clock,
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
        const outcome = await this.carryOut(run, hold, { ...operation, ...issued });
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
    const since = run.view.updatedAt;
    return allEnded(
      issued.map(async (operation) => ({
        operation,
        outcome: await this.carryOut(run, hold, operation, since),
      })),
    );
  }

  /** @param interruptedAt of an operation that may have been sent: the last entry before, Unix ms */
  private async carryOut(
    run: ActionRun,
    hold: ActionHold,
    issued: PlannedOperation & { readonly commandId: string; readonly rollback: boolean },
    interruptedAt?: number,
  ): Promise<CommandOutcome> {
    const { commandId, host, operation, rollback } = issued;
    const since = interruptedAt ?? this.clock.now();
    const outcome = await this.runner.run(
      {
        commandId,
        host,
        operation,
        request: run.view.request,
        requireToken: () => hold.requireToken(),
        mayBeSent: interruptedAt !== undefined,
        // what was begun to be taken back is taken back, unless the agents refuse
        reasonNotToResend: () => (rollback ? undefined : this.guard.reasonNotToResend(run, since)),
      },
      run.stopping,
    );
    if (outcome.kind === 'answered') {
      await run.operationFinished(issued, outcome.result);
      this.channel.acknowledge(host, commandId);
    }
    // in the log it would look like one that may be under way
    if (outcome.kind === 'unreachable')
      await run.operationFinished(issued, this.notSent(run, issued));
    return outcome;
  }

  /** The result of a command that certainly never left this process. */
  private notSent(
    { view }: ActionRun,
    { commandId, host }: Pick<IssuedOperation, 'commandId' | 'host'>,
  ): CommandResult {
    const now = this.clock.now();
    return {
      commandId,
      actionId: view.request.actionId,
      host,
      status: 'refused',
      code: UNREACHABLE,
      startedAt: now,
      finishedAt: now,
    };
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
