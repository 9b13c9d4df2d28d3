import { AgentResults } from '@vigil/contracts';
import { Clock } from '@vigil/service';
import { eventually } from '@vigil/testkit';
import { RemediatorWorld } from '../testing/remediator-world.js';
import { Scenario } from '../testing/scenario.js';

/** What can go wrong between a command and its result. */
describe('a command', () => {
  let world: RemediatorWorld;
  beforeAll(async () => {
    world = await RemediatorWorld.start();
    await world.remediator();
  }, 30_000);
  afterAll(() => world.stop());

  it('whose result is lost is asked for by its id, and not sent again', async () => {
    const web = new Scenario(world);
    await web.placeDead();
    web.agent.losesNextResult = true;
    const id = await web.ask();
    await world.reaches(id, 'succeeded');
    expect(web.agent.received.get(`${id}.0`)).toBe(1);
    expect(web.done).toEqual(['start 0']);
  }, 15_000);

  it('that the agent has never seen is sent again under the same id', async () => {
    const web = new Scenario(world);
    await web.placeDead();
    web.agent.losesNextCommand = true;
    const id = await web.ask();
    await world.reaches(id, 'succeeded');
    expect(web.agent.received.get(`${id}.0`)).toBe(2);
    expect(web.done).toEqual(['start 0']);
  }, 15_000);

  it('is not ended by what another host says about it', async () => {
    const web = new Scenario(world);
    await web.placeDead();
    web.agent.sendsResults = false;
    const id = await web.ask();
    await eventually(() => web.done.length === 1);
    const now = Date.now();
    const result = {
      commandId: `${id}.0`,
      actionId: id,
      host: web.host,
      status: 'failed' as const,
      code: 'forged',
      startedAt: now,
      finishedAt: now,
    };
    const stranger = {
      host: 'stranger',
      receivedAt: now,
      message: { type: 'result' as const, result },
    };
    await world.bus.signal(AgentResults, stranger, { params: { host: 'stranger' } });
    web.agent.sendsResults = true;
    const { operations } = await world.reaches(id, 'succeeded', 'failed');
    expect(operations[0]?.finished?.result).toMatchObject({ status: 'succeeded' });
  }, 15_000);

  it('waits for an agent that reconnects', async () => {
    const web = new Scenario(world);
    await web.placeDead();
    await web.agent.disconnect();
    const id = await web.ask();
    await world.reaches(id, 'queued');
    web.agent.connect();
    await world.reaches(id, 'succeeded');
    expect(web.done).toEqual(['start 0']);
  });

  it('is refused by an agent that has seen a newer fencing token', async () => {
    const web = new Scenario(world);
    await web.placeDead();
    web.agent.sawToken(web.resource, Number.MAX_SAFE_INTEGER);
    const view = await world.reaches(await web.ask(), 'suppressed');
    expect(view.reason).toMatchObject({ code: 'stale-token' });
    expect(web.done).toEqual([]);
  });

  it('goes on with the same action when NATS comes back', async () => {
    const web = new Scenario(world);
    await web.placeDead();
    web.agent.onCommand = async () => {
      web.agent.onCommand = () => Promise.resolve();
      await world.nats.restart();
    };
    const id = await web.ask();
    await world.reaches(id, 'succeeded');
    expect(web.done).toEqual(['start 0']);
    expect(web.agent.received.get(`${id}.0`)).toBe(1);
  }, 30_000);
});

/** Runs as the real one does, and can be put forward. */
class AdjustableClock extends Clock {
  aheadMs = 0;

  now(): number {
    return Date.now() + this.aheadMs;
  }
}

describe('a command that is sent again late', () => {
  let world: RemediatorWorld;
  const clock = new AdjustableClock();
  beforeAll(async () => {
    world = await RemediatorWorld.start();
    await world.remediator({ providers: [{ provide: Clock, useValue: clock }] });
  }, 30_000);
  afterAll(() => world.stop());

  it('cannot begin any more when it counts as lost', async () => {
    const web = new Scenario(world);
    await web.placeDead();
    web.agent.losesNextCommand = true;
    const id = await web.ask();
    await eventually(() => web.agent.received.get(`${id}.0`) === 1);
    clock.aheadMs = 20_000;
    await eventually(() => web.done.length === 1, { withinMs: 10_000 });
    const issued = world.logOf(id).find(({ kind }) => kind === 'operation-issued');
    const again = web.agent.executed[0];
    expect(again?.issuedAt).toBeGreaterThan((issued?.at ?? 0) + 20_000);
    // it may begin within 30 s, and 3 s later nobody waits for it any more
    expect(again?.expiresAt).toBeLessThan((issued?.at ?? 0) + 40_000);
  }, 30_000);
});
