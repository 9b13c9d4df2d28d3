import { Injectable } from '@nestjs/common';
import type { Principal } from '@vigil/auth';
import {
  AgentCommands,
  AgentResults,
  type DescriptionOutcome,
  type HostDescription,
} from '@vigil/contracts';
import { Bus, NoResponders, RequestTimeout, Subscriptions } from '@vigil/messaging';
import { HttpProblem, Log } from '@vigil/service';
import { randomUUID } from 'node:crypto';
import { AgentRegistry } from './agent-registry.js';

const DELIVERY_TIMEOUT_MS = 1_000;

/** How long a description is waited for, milliseconds. */
export class DescriptionPatience {
  constructor(readonly ms: number) {}
}

type Failure = Extract<DescriptionOutcome, { status: 'failed' }>;

/** Asks the agent of a host what runs there, whichever collector holds its channel. */
@Injectable()
export class DescribeHost {
  constructor(
    private readonly bus: Bus,
    private readonly subscriptions: Subscriptions,
    private readonly registry: AgentRegistry,
    private readonly patience: DescriptionPatience,
    private readonly log: Log,
  ) {}

  /**
   * @param names of containers; undefined: all that a manifest may take over
   * @throws HttpProblem 404, 409, 503, 504; NatsUnavailable
   */
  async describe(
    host: string,
    names: readonly string[] | undefined,
    caller: Principal,
  ): Promise<HostDescription> {
    if (!this.registry.has(host)) {
      throw new HttpProblem(404, { detail: `no agent of ${host} is enrolled` });
    }
    const outcome = await this.ask(host, names);
    if (outcome.status === 'failed') throw problemOf(host, outcome);
    const { containers, refused, omitted } = outcome;
    this.log.info('containers of a host were described', {
      host,
      containers: containers.length,
      by: caller.name,
    });
    return { containers, refused, omitted };
  }

  private async ask(
    host: string,
    names: readonly string[] | undefined,
  ): Promise<DescriptionOutcome> {
    const requestId = randomUUID();
    const given = names === undefined ? {} : { names: [...names] };
    // listening before it is asked: an agent on this machine answers within milliseconds
    const answer = this.answerTo(host, requestId);
    try {
      await this.deliver(host, { type: 'describe', requestId, ...given });
      const outcome = await answer.outcome;
      if (outcome !== undefined) return outcome;
    } finally {
      await answer.stop();
    }
    throw new HttpProblem(504, {
      detail: `the agent of ${host} has not answered within ${this.patience.ms / 1000} s; one of an older version does not know the question`,
    });
  }

  /** Undefined when there is none in time. */
  private answerTo(host: string, requestId: string) {
    let settle: (outcome: DescriptionOutcome | undefined) => void = () => undefined;
    const outcome = new Promise<DescriptionOutcome | undefined>((resolve) => {
      settle = resolve;
    });
    const answers = this.subscriptions.hear(
      AgentResults,
      { filterParams: { host } },
      ({ message }) => {
        if (message.type !== 'description' || message.requestId !== requestId) return;
        settle(message.outcome);
      },
    );
    const timer = setTimeout(() => settle(undefined), this.patience.ms);
    const stop = async () => {
      clearTimeout(timer);
      await answers.stop();
    };
    return { outcome, stop };
  }

  private async deliver(
    host: string,
    message: { type: 'describe'; requestId: string; names?: string[] },
  ): Promise<void> {
    let delivered: boolean;
    try {
      const options = { params: { host }, timeoutMs: DELIVERY_TIMEOUT_MS };
      ({ delivered } = await this.bus.request(AgentCommands, message, options));
    } catch (error) {
      // it may have been delivered all the same
      if (error instanceof RequestTimeout) return;
      if (!(error instanceof NoResponders)) throw error;
      delivered = false;
    }
    if (delivered) return;
    const detail = `the agent of ${host} is not connected`;
    throw new HttpProblem(503, { detail, headers: { 'retry-after': '5' } });
  }
}

/** What keeps a host from being described is either for now, or for somebody to change. */
function problemOf(host: string, { code, message }: Failure): HttpProblem {
  const detail = `${host}: ${message}`;
  const type = `urn:vigil:undescribed:${code}`;
  switch (code) {
    case 'engine-away':
    case 'busy':
      return new HttpProblem(503, { detail, type, headers: { 'retry-after': '5' } });
    case 'no-engine':
    case 'not-allowed':
    case 'failed':
      return new HttpProblem(409, { detail, type });
  }
}
