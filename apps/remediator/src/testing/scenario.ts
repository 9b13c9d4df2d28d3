import type { ActionRequest, ActionTarget, ReplicaObservation } from '@vigil/contracts';
import { createHash } from 'node:crypto';
import { resourceId, type ResourceId, type Service } from '@vigil/manifests';
import type { FakeAgent, LaunchBehaviour } from './fake-agent.js';
import { DIGEST, driftCause, health, request, service, target } from './fixtures.js';
import type { RemediatorWorld } from './remediator-world.js';

let scenarios = 0;

export const CHECK = {
  kind: 'tcp',
  port: 80,
  intervalMs: 1_000,
  timeoutMs: 500,
  retryIntervalMs: 250,
  failureThreshold: 3,
  startPeriodMs: 1_000,
} as const;

/** A resource and a host of a test's own, so that tests share a world without meeting. */
export class Scenario {
  readonly name: string;
  readonly host: string;
  readonly resource: ResourceId;
  readonly agent: FakeAgent;
  /** Of the manifest that old replicas run with. */
  readonly oldDigest: string;
  private requests = 0;

  constructor(
    readonly world: RemediatorWorld,
    behaviour?: LaunchBehaviour,
  ) {
    scenarios += 1;
    this.name = `web-${process.pid}-${scenarios}`;
    this.host = `${this.name}.example`;
    this.resource = resourceId({ namespace: 'production', kind: 'Service', name: this.name });
    this.agent = world.agent(this.host, behaviour);
    this.oldDigest = createHash('sha256').update(this.name).digest('hex');
  }

  /** With a check, so that a good replica is proved at once. */
  manifest(...parts: Parameters<typeof service>): Service {
    const [spec, remediation] = parts;
    const made = service({ healthCheck: CHECK, ...spec }, remediation);
    return { ...made, metadata: { ...made.metadata, name: this.name } };
  }

  /** Resolves when every remediator knows the host: a request may overtake the first snapshot. */
  async place(more: Partial<ReplicaObservation> = {}): Promise<ReplicaObservation> {
    const placed = { resource: this.resource, health: health('healthy'), ...more };
    const replica = await this.agent.place(placed);
    await this.world.knows(this.host);
    return replica;
  }

  /** A replica that has died. */
  placeDead(replica = 0): Promise<ReplicaObservation> {
    return this.place({ replica, state: 'exited', exitedAt: Date.now(), exitCode: 137 });
  }

  placeHung(replica = 0): Promise<ReplicaObservation> {
    return this.place({ replica, health: health('unhealthy', { message: 'timed out' }) });
  }

  target(replica = 0) {
    const present = this.agent.replica(this.resource, replica);
    const seen =
      present === undefined
        ? {}
        : {
            instance: present.instance,
            observedDigest: present.specDigest,
            ...imageOf(present),
          };
    return target(replica, { host: this.host, ...seen });
  }

  wanted(more: Partial<ActionRequest> = {}): ActionRequest {
    this.requests += 1;
    const actionId = `${this.name}-${this.requests}`;
    return request({
      actionId,
      correlationId: `correlation-${actionId}`,
      resource: this.resource,
      causes: [driftCause(`cause-${actionId}`)],
      targets: [this.target()],
      service: this.manifest(),
      requestedAt: Date.now(),
      observedAt: Date.now(),
      ...more,
    });
  }

  /** Asks; returns the id of the action. */
  ask(more: Partial<ActionRequest> = {}): Promise<string> {
    return this.world.request(this.wanted(more));
  }

  restartOfHung(more: Partial<ActionRequest> = {}): Promise<string> {
    return this.ask({
      action: 'restart',
      causes: [driftCause(`hung-${this.name}`, 'health')],
      ...more,
    });
  }

  /** Replicas 0 … n − 1 run an old manifest, and are to be updated. */
  async oldReplicas(
    count: number,
    old: Service = this.manifest({ command: ['node', 'old.js'] }),
  ): Promise<ActionRequest> {
    await this.world.keepManifest(this.oldDigest, old);
    for (let replica = 0; replica < count; replica += 1) {
      await this.place({ replica, instance: `old-${replica}`, specDigest: this.oldDigest });
    }
    return this.wanted({
      action: 'update',
      causes: [driftCause(`spec-${this.name}`, 'config')],
      targets: Array.from({ length: count }, (_none, replica) => this.target(replica)),
      desiredDigest: DIGEST,
    });
  }

  /** What the agent did, as `restart 0`. */
  get done(): readonly string[] {
    return this.agent.executed.map(({ operation }) => `${operation.kind} ${operation.replica}`);
  }
}

function imageOf({ config }: ReplicaObservation): Pick<ActionTarget, 'observedImage'> {
  if (config.container === undefined) return {};
  const { id, repoDigests } = config.container.image;
  return { observedImage: { id, repoDigests } };
}
