import type { ActionRequest, ObservedConfig } from '@vigil/contracts';
import type { Service, ServiceSpec } from '@vigil/manifests';
import { Clock, pause } from '@vigil/service';
import type { LaunchBehaviour } from '../testing/fake-agent.js';
import { containerConfig } from '../testing/container.js';
import { DIGEST, driftCause } from '../testing/fixtures.js';
import { RemediatorWorld } from '../testing/remediator-world.js';
import { Scenario } from '../testing/scenario.js';

/** Replicas in containers, by the same rules as processes. */
class Containers extends Scenario {
  docker(spec: Partial<ServiceSpec> = {}): Service {
    return this.manifest({ runtime: 'docker', image: 'app:2', command: undefined, ...spec });
  }

  /** Containers of the image `app:1`, which are to be rolled to `app:2`. */
  async toBeRolled(replicas: number, wanted = this.docker()): Promise<ActionRequest> {
    const old = this.docker({ image: 'app:1' });
    const config = containerConfig(old);
    const request = await this.oldReplicas(replicas, old);
    for (let replica = 0; replica < replicas; replica += 1) {
      await this.agent.happens(this.resource, replica, { runtime: 'docker', config });
    }
    return { ...request, service: wanted };
  }

  runs(replica: number) {
    const { state, specDigest, config } = this.agent.replica(this.resource, replica) ?? {};
    return { state, specDigest, image: config?.container?.image.reference };
  }
}

function movedTag(config: ObservedConfig, currentId: string): ObservedConfig {
  const { container } = config;
  if (container === undefined) return config;
  return { ...config, container: { ...container, image: { ...container.image, currentId } } };
}

const failingAt =
  (failing: number, how: 'exits' | 'unhealthy' | 'fails'): LaunchBehaviour =>
  (_service, launch) =>
    launch === failing ? how : 'healthy';

describe('containers', () => {
  let world: RemediatorWorld;
  beforeAll(async () => {
    world = await RemediatorWorld.start();
    await world.remediator();
  }, 30_000);
  afterAll(() => world.stop());

  it('are rolled one after the other, and never fewer serve than may be unavailable', async () => {
    const web = new Containers(world);
    const wanted = await web.toBeRolled(3);
    const serving: number[] = [];
    web.agent.onCommand = () => {
      // what serves while the next one is made anew
      const up = [0, 1, 2].filter((replica) => {
        const seen = web.agent.replica(web.resource, replica);
        return seen?.state === 'running' && seen.health.status === 'healthy';
      });
      serving.push(up.length - 1);
      return Promise.resolve();
    };
    await world.request(wanted);
    await world.reaches(wanted.actionId, 'succeeded');
    expect(web.done).toEqual(['restart 0', 'restart 1', 'restart 2']);
    expect(serving).toEqual([2, 2, 2]);
    expect(web.runs(2)).toMatchObject({ specDigest: DIGEST, image: 'app:2' });
  });

  it.each(['exits', 'unhealthy'] as const)(
    'go back to the image of before when one of them %s with the new one',
    async (how) => {
      const web = new Containers(world, failingAt(2, how));
      const wanted = await web.toBeRolled(3);
      await world.request(wanted);
      const view = await world.reaches(wanted.actionId, 'rolled_back');
      expect(web.done).toEqual(['restart 0', 'restart 1', 'restart 1', 'restart 0']);
      expect(view.reason?.message).toContain('replica 1');
      for (const replica of [0, 1, 2]) {
        expect(web.runs(replica)).toEqual({
          state: 'running',
          specDigest: web.oldDigest,
          image: 'app:1',
        });
      }
    },
  );

  it('go back to a manifest that only their request knows', async () => {
    const web = new Containers(world, failingAt(1, 'unhealthy'));
    const old = web.docker({ image: 'app:1' });
    const { oldDigest: specDigest } = web;
    await web.place({ runtime: 'docker', config: containerConfig(old), specDigest });
    const id = await web.ask({
      action: 'update',
      service: web.docker(),
      causes: [driftCause(`spec-${web.name}`, 'config')],
      earlier: [{ digest: specDigest, service: old }],
    });
    await world.reaches(id, 'rolled_back');
    expect(web.runs(0)).toEqual({ state: 'running', specDigest, image: 'app:1' });
  });

  it.each(['update', 'start'] as const)(
    'get the image that ran back after %s, when that has launched what their tag names by now',
    async (action) => {
      const web = new Containers(world, failingAt(1, 'unhealthy'));
      const service = web.docker();
      const config = containerConfig(service);
      const ran = config.container?.image.id;
      web.agent.tagged = 'sha256:moved';
      const state = action === 'update' ? 'running' : 'exited';
      await web.place({ runtime: 'docker', state, config: movedTag(config, 'sha256:moved') });
      const id = await web.ask({ action, service, causes: [driftCause(web.name, 'config')] });
      const view = await world.reaches(id, 'rolled_back');
      expect(view.rollbackPlan?.operations).toMatchObject([
        { operation: { kind: 'restart', specDigest: DIGEST, images: [{ id: ran }] } },
      ]);
      const seen = web.agent.replica(web.resource, 0)?.config.container?.image;
      expect(seen).toMatchObject({ id: ran, currentId: 'sha256:moved' });
    },
  );

  it('stay as they are when the new image cannot be fetched', async () => {
    const web = new Containers(world, failingAt(1, 'fails'));
    const wanted = await web.toBeRolled(2);
    web.agent.tellsWhatFailureLeft = true;
    await world.request(wanted);
    const view = await world.reaches(wanted.actionId, 'failed');
    expect(view.reason).toMatchObject({ code: 'spawn-failed' });
    expect(web.done).toEqual(['restart 0']);
    expect(web.runs(0)).toMatchObject({ state: 'running', image: 'app:1' });
  });

  it('get limits that were changed by hand back without a restart', async () => {
    const web = new Containers(world);
    const manifest = web.docker({ resources: { cpuCores: 0.5 } });
    const config = containerConfig(manifest, { resources: { cpuCores: 2 } });
    await web.place({ runtime: 'docker', instance: 'kept', config });
    const id = await web.ask({
      action: 'update',
      service: manifest,
      causes: [driftCause(`limits-${web.name}`, 'config')],
    });
    await world.reaches(id, 'succeeded');
    expect(web.done).toEqual(['reconfigure 0']);
    const seen = web.agent.replica(web.resource, 0);
    expect(seen?.instance).toBe('kept');
    expect(seen?.config.container?.resources).toEqual({ cpuCores: 0.5 });
  });

  it('are made anew where an engine changes no limits of what runs', async () => {
    const web = new Containers(world);
    const service = web.docker({ resources: { cpuCores: 0.5 } });
    const config = containerConfig(service, { resources: { cpuCores: 2 } });
    await web.place({ runtime: 'docker', config });
    web.agent.changesNothingInPlace = true;
    const limits = (attempt: number) => ({
      action: 'update' as const,
      attempt,
      service,
      causes: [driftCause(`limits-${web.name}`, 'config')],
    });
    const first = await world.reaches(await web.ask(limits(1)), 'failed');
    expect(first.reason?.code).toBe('needs-restart');
    await world.reaches(await web.ask(limits(2)), 'succeeded');
    expect(web.done).toEqual(['reconfigure 0', 'restart 0']);
  });

  it('are not touched while their engine does not answer', async () => {
    const web = new Containers(world);
    const service = web.docker();
    web.agent.unknownRuntimes = ['docker'];
    await web.place({ runtime: 'docker', state: 'exited', config: containerConfig(service) });
    const view = await world.reaches(await web.ask({ service }), 'suppressed');
    expect(view.reason).toMatchObject({ gate: 'freshness', code: 'unreachable' });
    expect(web.done).toEqual([]);
  });

  it('are not taken for proved by an engine that has stopped answering', async () => {
    const web = new Containers(world);
    const service = web.docker();
    await web.place({ runtime: 'docker', state: 'exited', config: containerConfig(service) });
    web.agent.onCommand = () => {
      web.agent.unknownRuntimes = ['docker'];
      return Promise.resolve();
    };
    const id = await web.ask({ service });
    await world.reaches(id, 'verifying');
    await pause(200);
    expect(world.path(id).at(-1)).toBe('verifying');
    web.agent.unknownRuntimes = [];
    await web.agent.report();
    await world.reaches(id, 'succeeded');
  });
});

/** Its time passes faster than that of agents and servers. */
class HurriedClock extends Clock {
  private readonly begunAt = Date.now();

  now(): number {
    return Date.now() + 8 * (Date.now() - this.begunAt);
  }
}

describe('what takes long', () => {
  let world: RemediatorWorld;
  beforeAll(async () => {
    world = await RemediatorWorld.start();
    await world.remediator({ providers: [{ provide: Clock, useClass: HurriedClock }] });
  }, 30_000);
  afterAll(() => world.stop());

  it.each([
    ['docker', 'succeeded'],
    ['process', 'failed'],
  ] as const)(
    'is waited for with runtime %s: %s',
    async (runtime, end) => {
      const web = new Containers(world);
      const service = web.docker({
        runtime,
        ...(runtime === 'process' ? { image: undefined } : {}),
      });
      await web.place({ runtime, state: 'exited', config: containerConfig(service) });
      // by the remediator's clock more than a minute: an image is fetched
      web.agent.onCommand = () => pause(7_500).then(() => undefined);
      const id = await web.ask({ service });
      const view = await world.reaches(id, end);
      if (end === 'failed') expect(view.reason?.code).toBe('result-lost');
      expect(web.agent.received.get(`${id}.0`)).toBe(1);
    },
    30_000,
  );
});
