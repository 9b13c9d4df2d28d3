import { Injectable } from '@nestjs/common';
import {
  AgentCommands,
  type AgentDownlink,
  type AgentResults,
  type CommandResult,
  type StateSnapshot,
} from '@vigil/contracts';
import { Bus, NoResponders } from '@vigil/messaging';
import { Log, newCorrelationId } from '@vigil/service';
import { Waiters } from './waiters.js';

/** `nobody`: the agent is not connected, nothing was sent. `unsure`: it may have been sent. */
export type Delivery = 'delivered' | 'nobody' | 'unsure';

const DELIVERY_TIMEOUT_MS = 1_000;

/** Talks to the agent of a host, over the channel that a collector holds. */
@Injectable()
export class AgentChannel {
  private readonly results = new Waiters<CommandResult>();
  private readonly observations = new Waiters<StateSnapshot>();
  private readonly greetings = new Waiters<true>();

  constructor(
    private readonly bus: Bus,
    private readonly log: Log,
  ) {}

  async send(host: string, message: AgentDownlink): Promise<Delivery> {
    try {
      const { delivered } = await this.bus.request(AgentCommands, message, {
        params: { host },
        timeoutMs: DELIVERY_TIMEOUT_MS,
      });
      return delivered ? 'delivered' : 'nobody';
    } catch (error) {
      return error instanceof NoResponders ? 'nobody' : 'unsure';
    }
  }

  /**
   * Waits for the result of a command; begin before sending it. Undefined when the time is over. The
   * host has to be that of the command: what another one says about it counts for nothing.
   */
  awaitResult(
    host: string,
    commandId: string,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<CommandResult | undefined> {
    return this.results.wait(keyOf(host, commandId), timeoutMs, signal);
  }

  /** Waits until the agent of a host (re)connects, or the time is over. */
  async awaitGreeting(host: string, timeoutMs: number, signal: AbortSignal): Promise<void> {
    await this.greetings.wait(host, timeoutMs, signal);
  }

  /** What the agent sees now; undefined when it does not answer in time. */
  async observe(
    host: string,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<StateSnapshot | undefined> {
    const requestId = newCorrelationId();
    const answered = new AbortController();
    const both = AbortSignal.any([signal, answered.signal]);
    const answer = this.observations.wait(keyOf(host, requestId), timeoutMs, both);
    if ((await this.send(host, { type: 'observe', requestId })) === 'nobody') answered.abort();
    return answer;
  }

  /** Tells the agent that the result is recorded. Lost: it will send the result once more. */
  acknowledge(host: string, commandId: string): void {
    this.send(host, { type: 'result.ack', commandId }).catch((error: unknown) => {
      this.log.error('a result was not acknowledged', error, { host, commandId });
    });
  }

  /** A message of an agent has arrived. True when somebody waited for it. */
  receive({ host, message }: AgentResults): boolean {
    switch (message.type) {
      case 'result':
        return this.results.settle(keyOf(host, message.result.commandId), message.result);
      case 'observation':
        return this.observations.settle(keyOf(host, message.requestId), message.state);
      case 'hello':
        return this.greetings.settle(host, true);
      case 'control.ack':
      case 'description':
        return false;
    }
  }
}

function keyOf(host: string, id: string): string {
  return `${host} ${id}`;
}
