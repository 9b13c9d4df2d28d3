import { Injectable } from '@nestjs/common';
import type { ActionRequest } from '@vigil/contracts';
import { Clock, pause } from '@vigil/service';
import type { ReplicaFacts } from '../plan/replica-facts.js';
import { AgentChannel } from './agent-channel.js';
import { whenAborted } from '../recovery/when-aborted.js';
import { factsFrom, isSilentAbout, ObservedHosts, viewOf } from './observed-hosts.js';

/** How long an agent has to answer, and one that is reconnecting to come back, milliseconds. */
const ANSWER_MS = 2_000;
const RETRY_MS = 100;

/** After this time a look that was begun ahead is too old to act on, milliseconds. */
const AHEAD_MS = 500;

type Subject = Pick<ActionRequest, 'resource'> & Partial<Pick<ActionRequest, 'service'>>;
type Wanted = Pick<ActionRequest, 'actionId'> & Subject;

/** What every host sees, once it has answered. */
type Looks = ReadonlyMap<string, Promise<ReplicaFacts | undefined>>;

/** What hosts have reported, and what their agents see when they are asked to look now. */
@Injectable()
export class LiveObservation {
  private readonly ahead = new Map<string, Looks>();

  constructor(
    private readonly channel: AgentChannel,
    private readonly hosts: ObservedHosts,
    private readonly clock: Clock,
  ) {}

  /** When each of the hosts last reported, Unix ms; one that never did is absent. */
  lastSeen(hosts: Iterable<string>): ReadonlyMap<string, number> {
    return this.hosts.lastSeen(hosts);
  }

  /** What the hosts last reported by themselves about a resource. */
  lastKnown(resource: string, hosts: Iterable<string>): ReplicaFacts {
    return this.hosts.factsOf(resource, hosts);
  }

  /** Asks before the answer is wanted: who wants it soon need not wait for it. */
  lookAhead(wanted: Wanted, hosts: Iterable<string>): void {
    const { actionId } = wanted;
    const never = new AbortController().signal;
    this.ahead.set(actionId, this.ask(wanted, hosts, never));
    setTimeout(() => this.ahead.delete(actionId), AHEAD_MS).unref();
  }

  /**
   * What the agents see of a resource, by host; one that does not answer, or whose runtime does not
   * answer it, is absent. An answer that was asked for ahead for this action counts once: who asks again wants a new one.
   */
  async of(
    subject: Wanted,
    hosts: Iterable<string>,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, ReplicaFacts>> {
    const { actionId } = subject;
    const wanted = new Set(hosts);
    const ahead = this.ahead.get(actionId);
    this.ahead.delete(actionId);
    const looks = ahead ?? this.ask(subject, wanted, signal);
    const answers = await Promise.all(
      [...wanted].map(async (host) => {
        const facts = await Promise.race([looks.get(host), whenAborted(signal)]);
        return { host, facts: facts ?? undefined };
      }),
    );
    return new Map(
      answers.flatMap(({ host, facts }) => (facts === undefined ? [] : [[host, facts] as const])),
    );
  }

  private ask(subject: Subject, hosts: Iterable<string>, signal: AbortSignal): Looks {
    return new Map(
      [...new Set(hosts)].map((host) => [host, this.ofHost(subject, host, signal)] as const),
    );
  }

  private async ofHost(
    subject: Subject,
    host: string,
    signal: AbortSignal,
  ): Promise<ReplicaFacts | undefined> {
    const deadline = this.clock.now() + ANSWER_MS;
    do {
      const left = Math.max(1, deadline - this.clock.now());
      const snapshot = await this.channel.observe(host, left, signal);
      if (snapshot !== undefined) {
        const view = viewOf(host, snapshot, this.clock.now());
        return isSilentAbout(view, subject) ? undefined : factsFrom(view, subject.resource);
      }
      // an agent whose collector was restarted is back within a second or two
    } while (this.clock.now() < deadline && (await pause(RETRY_MS, signal)));
    return undefined;
  }
}
