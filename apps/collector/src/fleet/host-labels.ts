import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Labels, ManifestsApplied } from '@vigil/contracts';
import { resourceIdParts } from '@vigil/manifests';
import { Subscriptions, type OrderedSubscription } from '@vigil/messaging';
import { describeError, dispositionOf, Log } from '@vigil/service';
import { Database } from '@vigil/storage';
import { AgentRegistry } from './agent-registry.js';

/** How often memory is compared with the table, milliseconds. */
const RECONCILE_MS = 60_000;

/**
 * The labels of every host: those of enrolment, and before them those that a manifest of kind `Host` in
 * force says. Never what an agent says itself. While PostgreSQL is away they stay as they were.
 */
@Injectable()
export class HostLabels implements OnModuleInit, OnModuleDestroy {
  private fromGit: ReadonlyMap<string, Labels> = new Map();
  private events: OrderedSubscription | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopListening = () => {};
  private reading: Promise<void> | undefined;
  private again = false;

  constructor(
    private readonly registry: AgentRegistry,
    private readonly database: Database,
    private readonly subscriptions: Subscriptions,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.events = this.subscriptions.subscribeOrdered(
      ManifestsApplied,
      { deliver: 'new' },
      ({ resources }) => {
        // what a revision says is committed before it is announced
        if (resources.some(isChangedHost)) this.read();
      },
    );
    this.stopListening = this.database.onUp(() => this.read());
    this.timer = setInterval(() => this.read(), RECONCILE_MS);
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.stopListening();
    await this.events?.stop();
    await this.reading;
  }

  /** None for a source that is neither an enrolled host nor one that Git declares. */
  of(host: string): Readonly<Record<string, string>> {
    const enrolled = this.registry.labelsOf(host);
    const declared = this.fromGit.get(host);
    return declared === undefined ? enrolled : { ...enrolled, ...declared };
  }

  private read(): void {
    this.again = true;
    this.reading ??= this.readUntilQuiet().finally(() => {
      this.reading = undefined;
    });
  }

  private async readUntilQuiet(): Promise<void> {
    while (this.again) {
      this.again = false;
      if (this.database.isUp()) await this.readOnce();
    }
  }

  private async readOnce(): Promise<void> {
    try {
      const rows = await this.database.run((manager) =>
        manager.query<{ name: string; labels: unknown }[]>(
          `SELECT name, content->'spec'->'labels' AS labels
             FROM manifests WHERE current AND kind = 'Host'`,
        ),
      );
      this.fromGit = new Map(rows.map(({ name, labels }) => [name, Labels.parse(labels)]));
    } catch (error) {
      if (dispositionOf(error) !== 'retry') throw error;
      this.log.warn('the labels of hosts are not read yet', { reason: describeError(error) });
    }
  }
}

function isChangedHost({ resource, change }: ManifestsApplied['resources'][number]): boolean {
  return change !== 'unchanged' && resourceIdParts(resource).kind === 'Host';
}
