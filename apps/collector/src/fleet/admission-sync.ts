import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import {
  AccessBucket,
  agentAdmissionKey,
  decodeToken,
  type AgentAdmission,
} from '@vigil/contracts';
import { Buckets, type OrderedSubscription } from '@vigil/messaging';
import { describeError, dispositionOf, Log } from '@vigil/service';
import { Database } from '@vigil/storage';
import { AgentRegistry } from './agent-registry.js';
import { AgentsStore } from './agents.store.js';

/** How often memory and bucket are compared with the table, milliseconds. */
const RECONCILE_MS = 60_000;

/**
 * Keeps the registry of agents and the bucket `access` equal to the table `agents`. The table is the
 * truth; the bucket is how a collector that starts while PostgreSQL is away knows the fleet, and how
 * the collectors tell each other at once.
 */
@Injectable()
export class AdmissionSync implements OnModuleInit, OnModuleDestroy {
  /** What the bucket holds, by host. */
  private readonly published = new Map<string, AgentAdmission>();
  private publishedIsComplete = false;
  private timer: NodeJS.Timeout | undefined;
  private watch: OrderedSubscription | undefined;
  private stopListening = () => {};
  private reconciling: Promise<void> | undefined;
  private again = false;

  constructor(
    private readonly registry: AgentRegistry,
    private readonly agents: AgentsStore,
    private readonly database: Database,
    private readonly buckets: Buckets,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.watch = this.buckets.open(AccessBucket).watch({
      onChange: (change) => {
        if (change.kind === 'put') this.onPublished(change.value);
        else this.onWithdrawn(change.key);
      },
      onReady: () => {
        this.publishedIsComplete = true;
        this.reconcile();
      },
      onReset: () => {
        this.published.clear();
        this.publishedIsComplete = false;
      },
    });
    this.stopListening = this.database.onUp(() => this.reconcile());
    this.timer = setInterval(() => this.reconcile(), RECONCILE_MS);
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.stopListening();
    await this.watch?.stop();
    await this.reconciling;
  }

  /** Lets an agent in everywhere, after its enrolment was committed. */
  async admit(admission: AgentAdmission): Promise<void> {
    this.registry.admit(admission);
    await this.attempt(() => this.keys().put(agentAdmissionKey(admission.host), admission));
  }

  /** Shuts an agent out everywhere, after its removal was committed. */
  async remove(host: string, keyId: string): Promise<void> {
    this.registry.remove(host, keyId);
    await this.attempt(() => this.keys().delete(agentAdmissionKey(host)));
  }

  private onPublished(admission: AgentAdmission): void {
    this.published.set(admission.host, admission);
    this.registry.admit(admission);
  }

  private onWithdrawn(key: string): void {
    const host = decodeToken(key.slice(key.indexOf('.') + 1));
    if (host === undefined) return;
    const withdrawn = this.published.get(host);
    this.published.delete(host);
    this.registry.remove(host, withdrawn?.keyId);
  }

  private reconcile(): void {
    this.again = true;
    this.reconciling ??= this.reconcileUntilQuiet().finally(() => {
      this.reconciling = undefined;
    });
  }

  private async reconcileUntilQuiet(): Promise<void> {
    while (this.again) {
      this.again = false;
      if (this.database.isUp()) await this.attempt(() => this.reconcileOnce());
    }
  }

  private async reconcileOnce(): Promise<void> {
    // the bucket first: what it holds was committed before, so what the table does not know of it
    // has been removed
    const published = this.publishedIsComplete ? new Map(this.published) : undefined;
    const version = this.registry.version;
    const admissions = await this.agents.admissions();
    if (this.registry.version !== version) {
      // an enrolment or a removal in between is not in what was read
      this.again = true;
      return;
    }
    this.registry.replace(admissions);
    if (published !== undefined) await this.publish(admissions, published);
  }

  private async publish(
    admissions: readonly AgentAdmission[],
    published: ReadonlyMap<string, AgentAdmission>,
  ): Promise<void> {
    const current = new Set(admissions.map(({ host }) => host));
    for (const admission of admissions) {
      if (published.get(admission.host)?.keyId === admission.keyId) continue;
      await this.keys().put(agentAdmissionKey(admission.host), admission);
    }
    for (const host of published.keys()) {
      if (!current.has(host)) await this.keys().delete(agentAdmissionKey(host));
    }
  }

  /** What fails now is repeated by the next reconciliation. */
  private async attempt(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (dispositionOf(error) !== 'retry') throw error;
      this.log.warn('the admission of agents is not reconciled yet', {
        reason: describeError(error),
      });
    }
  }

  private keys() {
    return this.buckets.open(AccessBucket).keys('agent');
  }
}
