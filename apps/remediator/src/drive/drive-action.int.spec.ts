import { SystemClock } from '@vigil/service';
import { StreamClock } from '../clock/stream-clock.js';
import { driftCause, operator, policyCause } from '../testing/fixtures.js';
import { RemediatorWorld } from '../testing/remediator-world.js';
import { Scenario } from '../testing/scenario.js';

const TO_SUCCESS = ['requested', 'queued', 'running', 'verifying', 'succeeded'];

describe('an action', () => {
  let world: RemediatorWorld;
  beforeAll(async () => {
    world = await RemediatorWorld.start();
    await world.remediator();
  }, 30_000);
  afterAll(() => world.stop());

  it('starts a dead replica, proves it and says so', async () => {
    const web = new Scenario(world);
    await web.placeDead();
    const id = await web.ask();
    await world.reaches(id, 'succeeded');
    expect(world.path(id)).toEqual(TO_SUCCESS);
    expect(web.done).toEqual(['start 0']);
    expect(web.agent.acknowledged).toEqual(new Set([`${id}.0`]));
  });

  it('needs no clock that agrees with that of who decided', async () => {
    for (const offsetMs of [-3_600_000, 3_600_000]) {
      const web = new Scenario(world);
      await web.placeDead();
      const theirs = Date.now() + offsetMs;
      const id = await web.ask({ requestedAt: theirs, observedAt: theirs });
      await world.reaches(id, 'succeeded');
      await web.placeDead();
      // the fault is back, and its repair waits, whatever their clock shows
      const again = await web.ask({ requestedAt: theirs, observedAt: theirs });
      const { reason } = await world.reaches(again, 'suppressed');
      expect(reason).toMatchObject({ gate: 'cooldown', code: 'backoff' });
    }
  });

  it('is proved after a second of life when there is no check', async () => {
    const web = new Scenario(world);
    await web.placeDead();
    const id = await web.ask({ service: web.manifest({ healthCheck: undefined }) });
    const view = await world.reaches(id, 'succeeded');
    const [operation] = view.operations;
    expect(view.updatedAt - (operation?.finished?.result.effectAt ?? 0)).toBeGreaterThanOrEqual(
      1_000,
    );
  });

  it('restarts a hung replica', async () => {
    const web = new Scenario(world);
    await web.placeHung();
    await world.reaches(await web.restartOfHung(), 'succeeded');
    expect(web.agent.executed[0]?.operation).toMatchObject({ kind: 'restart', gracePeriodMs: 200 });
  });

  it('is dropped when its id is known already', async () => {
    const web = new Scenario(world);
    await web.placeDead();
    const wanted = web.wanted();
    await world.request(wanted);
    await world.reaches(wanted.actionId, 'succeeded');
    await web.placeDead();
    const other = web.wanted({ causes: [driftCause('later')], observedAt: Date.now() + 60_000 });
    // past the stream's own window for repetitions
    await world.publishAgain(wanted);
    await world.request(other);
    await world.reaches(other.actionId, 'succeeded');
    expect(world.path(wanted.actionId)).toEqual(TO_SUCCESS);
    expect(web.done).toEqual(['start 0', 'start 0']);
  });

  it('fails when the replica ends again, and the next one waits', async () => {
    const web = new Scenario(world, () => 'exits');
    const dead = await web.placeDead();
    const id = await web.ask();
    const failed = await world.reaches(id, 'failed');
    expect(failed.reason).toMatchObject({
      code: 'not-effective',
      message: `replica 0 on ${web.host} ended again with exit code 1`,
    });
    const next = await world.reaches(await web.ask(), 'suppressed');
    expect(dead.instance).not.toBe(web.agent.replica(web.resource, 0)?.instance);
    expect(next.reason).toMatchObject({ gate: 'cooldown', code: 'backoff' });
    expect(next.reason?.nextAttemptAt).toBeGreaterThan(Date.now() + 8_000);
    expect(web.done).toEqual(['start 0']);
  });

  it('says which replica it leaves alone, and until when', async () => {
    const web = new Scenario(world);
    await web.placeDead(0);
    await world.reaches(await web.ask(), 'succeeded');
    await web.placeDead(0);
    await web.placeDead(1);
    const causes = [0, 1].map((replica) =>
      driftCause(`gone-${replica}-${web.name}`, 'missing', { host: web.host, replica }),
    );
    const targets = [web.target(0), web.target(1)];
    const id = await web.ask({ causes, targets });
    await world.reaches(id, 'succeeded');
    const running = world.logOf(id).find((entry) => 'to' in entry && entry.to === 'running');
    expect(running).toMatchObject({
      causes: [causes[1]],
      deferred: [{ causeKey: causes[0]?.key, reason: { gate: 'cooldown', code: 'backoff' } }],
    });
    expect(web.done).toEqual(['start 0', 'start 1']);
  });

  it('fails with the reason of the agent when a process cannot be started', async () => {
    const web = new Scenario(world, () => 'fails');
    await web.placeDead();
    const failed = await world.reaches(await web.ask(), 'failed');
    expect(failed.reason).toMatchObject({ code: 'spawn-failed' });
    expect(failed.reason?.message).toContain('no such command');
  });

  it('does nothing when the fault has gone by itself', async () => {
    const web = new Scenario(world);
    await web.place();
    const ended = await world.reaches(await web.ask(), 'suppressed');
    expect(ended.reason).toMatchObject({ gate: 'freshness', code: 'healed-by-itself' });
    expect(web.done).toEqual([]);
  });

  it('does nothing when nothing is known of the host', async () => {
    const web = new Scenario(world);
    // else it may answer the look that is begun ahead before the gate asks
    await web.agent.disconnect();
    const ended = await world.reaches(await web.ask(), 'suppressed');
    expect(ended.reason).toMatchObject({ gate: 'unknown', code: 'unreachable' });
  });

  it('does nothing when the agent does not answer', async () => {
    const web = new Scenario(world);
    await web.placeDead();
    await web.agent.disconnect();
    const ended = await world.reaches(await web.ask(), 'suppressed');
    expect(ended.reason).toMatchObject({ gate: 'freshness', code: 'unreachable' });
    expect(ended.reason?.nextAttemptAt).toBeGreaterThan(Date.now());
  });

  it('waits for another one of the same resource, and then looks again', async () => {
    const web = new Scenario(world);
    await web.placeHung(0);
    web.agent.sendsResults = false;
    const first = await web.restartOfHung();
    await world.reaches(first, 'running');
    const second = await web.ask({ action: 'restart', operator: operator() });
    await world.reaches(second, 'queued');
    expect(web.done).toEqual(['restart 0']);
    web.agent.sendsResults = true;
    await world.reaches(first, 'succeeded');
    await world.reaches(second, 'succeeded');
    expect(web.done).toEqual(['restart 0', 'restart 0']);
    const tokens = web.agent.executed.map(({ fencingToken }) => fencingToken);
    expect(tokens[1]).toBeGreaterThan(tokens[0] ?? 0);
  });

  it('stops while everything is stopped, and goes on afterwards', async () => {
    const web = new Scenario(world);
    await web.placeDead();
    await world.control('stop', { active: true, reason: 'fire drill' });
    await world.settled();
    const held = await world.reaches(await web.ask(), 'suppressed');
    expect(held.reason).toMatchObject({ gate: 'stopped', code: 'stop-the-world' });
    await world.control('stop', { active: false, reason: 'over' });
    await world.settled();
    await world.reaches(await web.ask(), 'succeeded');
  });

  it('tells people without touching anything', async () => {
    const web = new Scenario(world);
    const id = await web.ask({ action: 'notify', causes: [policyCause('disk')], targets: [] });
    await world.reaches(id, 'succeeded');
    expect(world.path(id)).toEqual(TO_SUCCESS);
    expect(web.done).toEqual([]);
  });
});

/** As when every request has been in its queue for a minute. */
class SlowStream extends StreamClock {
  override ageOf(): number {
    return 60_000;
  }
}

describe('an action that waited in its queue for a minute', () => {
  it('is decided anew, unless a person asked for it', async () => {
    const world = await RemediatorWorld.start();
    try {
      const clock = new SlowStream(new SystemClock());
      await world.remediator({ providers: [{ provide: StreamClock, useValue: clock }] });
      const web = new Scenario(world);
      await web.placeDead();
      const late = await web.ask();
      const { reason, updatedAt } = await world.reaches(late, 'suppressed');
      expect(reason?.code).toBe('stale');
      expect(reason?.nextAttemptAt).toBeLessThanOrEqual(updatedAt);
      expect(world.path(late)).toEqual(['requested', 'suppressed']);
      expect(web.done).toEqual([]);
      await world.reaches(await web.ask({ operator: operator() }), 'succeeded');
    } finally {
      await world.stop();
    }
  }, 30_000);
});

describe('the remediator', () => {
  it('counts what became of actions, and is ready when it knows enough to act', async () => {
    const world = await RemediatorWorld.start();
    try {
      const { url } = await world.remediator();
      const web = new Scenario(world);
      await web.placeDead();
      await world.reaches(await web.ask(), 'succeeded');
      await world.reaches(await web.ask(), 'suppressed');
      const text = await (await fetch(`${url}/metrics`)).text();
      expect(text).toContain(
        'vigil_actions_total{action="start",status="suppressed",gate="freshness"} 1',
      );
      expect(text).toContain('vigil_action_seconds_count{action="start",status="succeeded"} 1');
      expect(text).toContain('vigil_action_reaction_seconds_count{action="start"} 1');
      expect(text).toContain('vigil_actions_unfinished 0');
      const health: unknown = await (await fetch(`${url}/health`)).json();
      expect(health).toMatchObject({ components: { state: { status: 'ok' } } });
    } finally {
      await world.stop();
    }
  });
});
