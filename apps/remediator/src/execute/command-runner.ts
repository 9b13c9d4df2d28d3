import { Injectable } from '@nestjs/common';
import type {
  ActionReason,
  ActionRequest,
  Command,
  CommandResult,
  Operation,
} from '@vigil/contracts';
import { Clock } from '@vigil/service';
import { randomBytes } from 'node:crypto';
import { AgentChannel } from '../hosts/agent-channel.js';
import { REPLAYED } from '../hosts/agent-codes.js';
import { CommandSigner } from '../hosts/command-signer.js';

/** How long an agent may begin a command after it was signed, milliseconds. */
export const COMMAND_EXPIRY_MS = 30_000;

/** How long an agent that is not connected is waited for before nothing was sent, milliseconds. */
const CONNECT_PATIENCE_MS = 3_000;
/** What starting a process and reporting it take at most, milliseconds; an agent is asked after it. */
const EFFECT_MS = 3_000;
/**
 * Fetching an image takes its time: an agent that is there and does not deny that it was given the
 * command is waited for this long, milliseconds.
 */
const LONG_WORK_MS = 15 * 60_000;
const QUERY_ANSWER_MS = 2_000;
const RETRY_MS = 250;

/** A command to be carried out once, whatever happens on the way. */
export interface CommandOrder {
  readonly commandId: string;
  readonly host: string;
  readonly operation: Operation;
  readonly request: Pick<ActionRequest, 'actionId' | 'correlationId' | 'resource'>;
  /** Asked right before each sending. Throws when the lock is lost: then nothing is sent. */
  readonly requireToken: () => number;
  /** True when it may have been sent before: the agent is asked first. */
  readonly mayBeSent: boolean;
  /** Asked before it is sent again, because its agent knows nothing of it. */
  readonly reasonNotToResend: () => ActionReason | undefined;
}

export type CommandOutcome =
  | { readonly kind: 'answered'; readonly result: CommandResult }
  /** Nothing was sent. */
  | { readonly kind: 'unreachable' }
  /** It was sent, and what became of it is not known. It can no longer begin. */
  | { readonly kind: 'lost' }
  /** It was not sent again, though its agent knows nothing of it. */
  | { readonly kind: 'withheld'; readonly reason: ActionReason }
  | { readonly kind: 'aborted' };

/**
 * Carries a command to its agent and its result back. A lost result is asked for again by the
 * command's id; only when the agent has no record of it is the command sent again, under the same id,
 * under which an agent never carries anything out twice.
 */
@Injectable()
export class CommandRunner {
  constructor(
    private readonly channel: AgentChannel,
    private readonly signer: CommandSigner,
    private readonly clock: Clock,
  ) {}

  async run(order: CommandOrder, signal: AbortSignal): Promise<CommandOutcome> {
    const startedAt = this.clock.now();
    const patienceMs = COMMAND_EXPIRY_MS + durationOf(order.operation) + EFFECT_MS;
    const lastsUntil = startedAt + (mayTakeLong(order.operation) ? LONG_WORK_MS : 0);
    let giveUpAt = startedAt + patienceMs;
    let { mayBeSent } = order;
    // what an agent does not know may still be on its way to it, until it expires
    let neverSent = !mayBeSent;
    while (!signal.aborted) {
      if (!neverSent && !mayBeSent) {
        const reason = order.reasonNotToResend();
        if (reason !== undefined) return { kind: 'withheld', reason };
      }
      const step = mayBeSent
        ? await this.ask(order, signal)
        : await this.send(order, giveUpAt, signal);
      if (step.kind === 'answered') return step;
      ({ mayBeSent } = step);
      neverSent &&= !mayBeSent;

      const now = this.clock.now();
      if (step.isAtWork === true && now < lastsUntil) giveUpAt = now + patienceMs;
      if (neverSent && now >= startedAt + CONNECT_PATIENCE_MS) return { kind: 'unreachable' };
      if (now >= giveUpAt) return { kind: 'lost' };
      if (step.pauseMs > 0) await this.channel.awaitGreeting(order.host, step.pauseMs, signal);
    }
    return { kind: 'aborted' };
  }

  private async send(order: CommandOrder, giveUpAt: number, signal: AbortSignal): Promise<Step> {
    const waitMs = durationOf(order.operation) + EFFECT_MS;
    const command = this.signer.sign(this.commandOf(order, giveUpAt));
    const result = this.expect(order, waitMs, signal);
    const delivery = await this.channel.send(order.host, { type: 'command', command });
    if (delivery === 'nobody') return { kind: 'open', mayBeSent: false, pauseMs: result.cancel() };
    return settled(await result.promise) ?? { kind: 'open', mayBeSent: true, pauseMs: 0 };
  }

  private async ask(order: CommandOrder, signal: AbortSignal): Promise<Step> {
    const { commandId, host } = order;
    const result = this.expect(order, QUERY_ANSWER_MS, signal);
    const delivery = await this.channel.send(host, { type: 'result.query', commandId });
    if (delivery === 'nobody') return { kind: 'open', mayBeSent: true, pauseMs: result.cancel() };
    const answer = await result.promise;
    if (answer?.status === 'unknown') return { kind: 'open', mayBeSent: false, pauseMs: 0 };
    // about a command that it is still carrying out an agent says nothing
    const isAtWork = delivery === 'delivered' && answer === undefined;
    return settled(answer) ?? { kind: 'open', mayBeSent: true, pauseMs: RETRY_MS, isAtWork };
  }

  /** Waits for the result from before the message is sent that brings it about. */
  private expect({ host, commandId }: CommandOrder, waitMs: number, signal: AbortSignal) {
    const giveUp = new AbortController();
    const both = AbortSignal.any([signal, giveUp.signal]);
    return {
      promise: this.channel.awaitResult(host, commandId, waitMs, both),
      cancel: () => {
        giveUp.abort();
        return RETRY_MS;
      },
    };
  }

  /** One that is sent again late must not begin when it counts as lost. */
  private commandOf(order: CommandOrder, giveUpAt: number): Command {
    const { commandId, host, operation, request } = order;
    const issuedAt = this.clock.now();
    const { actionId, correlationId, resource } = request;
    return {
      commandId,
      host,
      actionId,
      correlationId,
      resource,
      issuedAt,
      expiresAt: Math.min(issuedAt + COMMAND_EXPIRY_MS, giveUpAt),
      nonce: randomBytes(16).toString('base64url'),
      fencingToken: order.requireToken(),
      operation,
    };
  }
}

type Step =
  | { readonly kind: 'answered'; readonly result: CommandResult }
  | {
      readonly kind: 'open';
      readonly mayBeSent: boolean;
      readonly pauseMs: number;
      /** Its agent was asked, and did not deny that it has the command. */
      readonly isAtWork?: boolean;
    };

/** `replayed` says that the command is known: its result is asked for. */
function settled(result: CommandResult | undefined): Step | undefined {
  if (result === undefined) return undefined;
  if (result.status === 'refused' && result.code === REPLAYED) return undefined;
  return { kind: 'answered', result };
}

function mayTakeLong(operation: Operation): boolean {
  if (operation.kind !== 'start' && operation.kind !== 'restart') return false;
  return operation.service.spec.runtime === 'docker';
}

/** What the operation itself may take on the host, milliseconds. */
function durationOf(operation: Operation): number {
  return operation.kind === 'stop' || operation.kind === 'restart' ? operation.gracePeriodMs : 0;
}
