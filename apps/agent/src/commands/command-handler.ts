import type { Command, CommandResult, SignedCommand } from '@vigil/contracts';
import type { KeyObject } from 'node:crypto';
import { JournalNotWritable } from '../disk/journal.js';
import type { Log } from '../log/log.js';
import type { Runtimes } from '../runtime/runtimes.js';
import type { OperationOutcome } from '../runtime/workload-runtime.js';
import type { CommandRecord } from '../state/agent-document.js';
import type { AgentState } from '../state/agent-state.js';
import { refusalOf, STOPPED, type OperationKind } from './admit-command.js';
import { authenticate, invalidity, type Refusal } from './verify-command.js';

export interface CommandPolicy {
  readonly host: string;
  /** Verifies commands: that of the present enrolment. */
  readonly publicKey: () => KeyObject;
  readonly allowed: ReadonlySet<OperationKind>;
}

const LEDGER_FULL: Refusal = {
  code: 'ledger-full',
  message: 'too many commands within a short time',
};

/**
 * Carries signed commands out, each at most once: a command is written into the ledger before
 * anything is done, and its result is kept until it was acknowledged.
 */
export class CommandHandler {
  constructor(
    private readonly policy: CommandPolicy,
    private readonly state: AgentState,
    private readonly runtimes: Pick<Runtimes, 'names' | 'carryOut' | 'observe' | 'outcomeOf'>,
    private readonly log: Log,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * The result of the command, or undefined when there is none to tell: it is still being carried
   * out and the first call will return its result, or nobody could say whose command it was.
   */
  async handle(signed: SignedCommand): Promise<CommandResult | undefined> {
    const receivedAt = this.now();
    const authenticated = authenticate(signed, {
      host: this.policy.host,
      publicKey: this.policy.publicKey(),
    });
    if (authenticated.status === 'refused') {
      const { refusal, command } = authenticated;
      this.log.warn('refused a command', { ...refusal, command: command?.commandId });
      return command && this.refused(command, refusal, receivedAt);
    }
    const { command } = authenticated;
    const known = this.state.command(command.commandId);
    if (known !== undefined) return this.repeated(command, known, receivedAt);
    const invalid = invalidity(command, receivedAt);
    if (invalid !== undefined) return this.refused(command, invalid, receivedAt);
    // not remembered: there is no room, and it may come again
    if (this.state.isLedgerFull()) return this.refused(command, LEDGER_FULL, receivedAt);
    const { allowed } = this.policy;
    const runtimes = new Set(this.runtimes.names);
    const refusal = refusalOf(command, { state: this.state, allowed, runtimes });
    if (refusal !== undefined) return this.refuse(command, refusal, receivedAt);
    return this.carryOut(command, receivedAt);
  }

  /** The result of a command that was received, for somebody who lost it. Runs nothing. */
  resultOf(commandId: string): CommandResult | undefined {
    const known = this.state.command(commandId);
    if (known !== undefined) return known.result;
    const at = this.now();
    return {
      commandId,
      actionId: '',
      host: this.policy.host,
      status: 'unknown',
      startedAt: at,
      finishedAt: at,
    };
  }

  async acknowledge(commandId: string): Promise<void> {
    await this.state.record({ type: 'result.acknowledged', commandId });
  }

  /** Results that the control plane may not have. */
  unacknowledged(): CommandResult[] {
    return this.state.unacknowledgedResults();
  }

  /** Gives the commands that the end of the agent cut off the result that they have come to. */
  async settleInterrupted(): Promise<void> {
    for (const record of this.state.unfinishedCommands()) {
      const outcome = this.outcomeOfInterrupted(record);
      this.log.warn('a command was cut off by the end of the agent', {
        command: record.commandId,
        outcome: outcome.status,
      });
      await this.finish(record, outcome, record.acceptedAt);
    }
  }

  private async carryOut(command: Command, startedAt: number): Promise<CommandResult> {
    const { operation, commandId } = command;
    // not awaited here: whoever is about to do something waits for what is written down by then
    const recorded = this.remember(command, startedAt);
    recorded.catch(() => undefined);
    const outcome = await this.runtimes
      .carryOut(operation, { commandId, recorded, objection: () => this.objectionTo(command) })
      .catch((error: unknown): OperationOutcome => {
        this.log.error('an operation failed', error, { command: commandId });
        if (error instanceof JournalNotWritable) {
          return { status: 'failed', code: 'state-not-durable', message: error.message };
        }
        const message = error instanceof Error ? error.message : String(error);
        return { status: 'failed', code: 'internal', message };
      });
    this.log.info('carried a command out', {
      command: commandId,
      correlationId: command.correlationId,
      operation: operation.kind,
      resource: operation.resource,
      replica: operation.replica,
      ...outcome,
    });
    const { kind, replica } = operation;
    return this.finish({ ...command, kind, replica }, outcome, startedAt);
  }

  private objectionTo(command: Command): Refusal | undefined {
    const expired = invalidity(command, this.now());
    return expired ?? (this.state.stopped ? STOPPED : undefined);
  }

  private async refuse(
    command: Command,
    refusal: Refusal,
    receivedAt: number,
  ): Promise<CommandResult> {
    this.log.warn('refused a command', { ...refusal, command: command.commandId });
    const result = this.refused(command, refusal, receivedAt);
    // remembered, so that the same bytes are not carried out when what stood against them has gone
    try {
      await this.remember(command, receivedAt);
      await this.state.record({ type: 'command.finished', result });
    } catch (error) {
      this.log.error('a refusal could not be written into the ledger', error);
    }
    return result;
  }

  /**
   * The same command again: whoever has not acknowledged the result may not have received it.
   * Whoever has would not send the command again, so then it comes from somebody else.
   */
  private repeated(
    command: Command,
    known: Readonly<CommandRecord>,
    receivedAt: number,
  ): CommandResult | undefined {
    if (!known.acknowledged) return known.result;
    const message = 'this command was carried out and acknowledged before';
    this.log.warn('refused a command', { code: 'replayed', command: command.commandId });
    return this.refused(command, { code: 'replayed', message }, receivedAt);
  }

  private remember(command: Command, acceptedAt: number): Promise<void> {
    const { commandId, nonce, actionId, resource, expiresAt, operation } = command;
    return this.state.record({
      type: 'command.recorded',
      token: command.fencingToken,
      command: {
        commandId,
        nonce,
        actionId,
        resource,
        replica: operation.replica,
        kind: operation.kind,
        acceptedAt,
        expiresAt,
        acknowledged: false,
      },
    });
  }

  private async finish(
    command: Pick<CommandRecord, 'commandId' | 'actionId' | 'resource' | 'replica' | 'kind'>,
    outcome: OperationOutcome,
    startedAt: number,
  ): Promise<CommandResult> {
    const observation = this.runtimes.observe(command.resource, command.replica);
    const result: CommandResult = {
      commandId: command.commandId,
      actionId: command.actionId,
      host: this.policy.host,
      status: outcome.status,
      ...('code' in outcome ? { code: outcome.code } : {}),
      ...('message' in outcome ? { message: outcome.message.slice(0, 2048) } : {}),
      startedAt,
      ...(outcome.status === 'succeeded' ? { effectAt: outcome.effectAt } : {}),
      finishedAt: this.now(),
      ...(observation === undefined ? {} : { observation }),
    };
    const recorded = this.state
      .record({ type: 'command.finished', result })
      .catch((error: unknown) => this.log.error('a result could not be written down', error));
    // after a crash a launch shows by itself what its command has come to, so it is told at once
    const showsItself = outcome.status === 'succeeded' && isLaunch(command.kind);
    if (!showsItself) await recorded;
    return result;
  }

  private refused(command: Command, refusal: Refusal, receivedAt: number): CommandResult {
    return {
      commandId: command.commandId,
      actionId: command.actionId,
      host: this.policy.host,
      status: 'refused',
      ...refusal,
      startedAt: receivedAt,
      finishedAt: this.now(),
    };
  }

  /** What the ledger and the processes say about a command whose end nobody saw. */
  private outcomeOfInterrupted(record: Readonly<CommandRecord>): OperationOutcome {
    const shown = this.runtimes.outcomeOf(record);
    if (shown !== undefined) return shown;
    return {
      status: 'failed',
      code: 'interrupted',
      message: 'the agent ended while it carried the command out',
    };
  }
}

function isLaunch(kind: CommandRecord['kind']): boolean {
  return kind === 'start' || kind === 'restart';
}
