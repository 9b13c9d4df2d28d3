import {
  AgentCommands,
  AgentRecord,
  AgentResults,
  pageOf,
  StateObserved,
  StopOutcome,
  subjectOf,
} from '@vigil/contracts';
import { Bus, NatsConnection, NoResponders } from '@vigil/messaging';
import { eventually } from '@vigil/testkit';
import { callApi } from '../testing/api-client.js';
import { createWorld, WORLD_TIMEOUT_MS, type CollectorWorld } from '../testing/collector-world.js';
import { enrol } from '../testing/enrol.js';
import { FakeAgent } from '../testing/fake-agent.js';
import { observeEvents, observeSignals } from '../testing/observe.js';
import { snapshotOf } from '../testing/snapshot.js';

describe('GET /agents/{id}/channel', () => {
  let world: CollectorWorld;
  let hosts = 0;
  const open: FakeAgent[] = [];

  beforeAll(async () => {
    world = await createWorld();
  }, WORLD_TIMEOUT_MS);
  afterEach(() => Promise.all(open.splice(0).map((agent) => agent.close())));
  afterAll(() => world.stop());

  const bus = () => world.collector.app.get(Bus);
  const freshHost = async () => {
    const host = `host-${(hosts += 1)}.example.org`;
    return { host, key: (await enrol(world.url, host)).key };
  };
  const connect = async (host: string, key: string, url = world.url) => {
    const agent = await FakeAgent.connect(url, host, key);
    open.push(agent);
    return agent;
  };
  const tell = (host: string, commandId: string) =>
    bus().request(AgentCommands, { type: 'result.query', commandId }, { params: { host } });
  /** The subscription of the collector that holds the channel reaches the server a moment later. */
  const untilReachable = (host: string) =>
    eventually(async () => (await tell(host, 'probe')).delivered);

  it('carries messages for the host down, and what the agent says up', async () => {
    const { host, key } = await freshHost();
    const results = observeSignals(world.collector, AgentResults);
    const agent = await connect(host, key);
    await untilReachable(host);
    const command = { payload: '{}', signature: 'c2ln' };
    const answer = await bus().request(
      AgentCommands,
      { type: 'command', command },
      { params: { host } },
    );
    expect(answer).toEqual({ delivered: true });
    expect(await agent.until('command')).toEqual({ type: 'command', command });

    const result = {
      commandId: 'c1',
      actionId: 'a1',
      host,
      status: 'succeeded' as const,
      startedAt: 1,
      finishedAt: 2,
    };
    agent.send({ type: 'result', result });
    const heard = await results.until(({ message }) => message.type === 'result');
    expect(heard).toMatchObject({ host, message: { type: 'result', result } });
    await results.stop();
  });

  it('passes an observation on to whoever asked, and to everybody as state', async () => {
    const { host, key } = await freshHost();
    const results = observeSignals(world.collector, AgentResults);
    const states = await observeEvents(world.collector, StateObserved);
    const agent = await connect(host, key);
    agent.send({ type: 'observation', requestId: 'r1', state: snapshotOf(7) });
    await results.until(
      ({ message }) => message.type === 'observation' && message.requestId === 'r1',
    );
    await states.until((state) => state.host === host && state.sequence.counter === 7);
    await Promise.all([results.stop(), states.stop()]);
  });

  it('tells who waits for an agent that it has come', async () => {
    const { host, key } = await freshHost();
    const results = observeSignals(world.collector, AgentResults);
    const agent = await connect(host, key);
    agent.send({ type: 'hello', agentVersion: '1.2.3', epoch: 1 });
    const heard = await results.until(({ message }) => message.type === 'hello');
    expect(heard).toMatchObject({ host, message: { agentVersion: '1.2.3' } });
    await results.stop();
  });

  it('drops what an agent says in the name of another host', async () => {
    const { host, key } = await freshHost();
    const results = observeSignals(world.collector, AgentResults);
    const agent = await connect(host, key);
    const forged = {
      commandId: 'forged',
      actionId: 'a1',
      host: 'other-host',
      status: 'succeeded' as const,
      startedAt: 1,
      finishedAt: 2,
    };
    agent.send({ type: 'result', result: forged });
    agent.send({ type: 'result', result: { ...forged, commandId: 'honest', host } });
    await results.until(
      ({ message }) => message.type === 'result' && message.result.commandId === 'honest',
    );
    expect(JSON.stringify(results.messages)).not.toContain('forged');
    await results.stop();
  });

  it('lets the agent of the host in, and nobody else', async () => {
    const [one, two] = [await freshHost(), await freshHost()];
    expect(await FakeAgent.refusal(world.url, one.host, two.key)).toBe(403);
    expect(await FakeAgent.refusal(world.url, one.host, 'vgl_agent_wrong')).toBe(401);
    const plain = await callApi(world.url, 'GET', `/agents/${one.host}/channel`, { key: one.key });
    expect(plain.status).toBe(426);
  });

  it('closes a channel that says what nobody understands', async () => {
    const { host, key } = await freshHost();
    const agent = await connect(host, key);
    agent.sendText('{"type": "nonsense"}');
    expect(await agent.untilClosed()).toBe(4400);
  });

  it('answers nobody for an agent that is not connected', async () => {
    const { host, key } = await freshHost();
    await expect(tell(host, 'c1')).rejects.toBeInstanceOf(NoResponders);
    const agent = await connect(host, key);
    await untilReachable(host);
    await agent.close();
    await eventually(() =>
      tell(host, 'c1').then(
        () => false,
        (error: unknown) => error instanceof NoResponders,
      ),
    );
  });

  it(
    'keeps the newest channel of an agent, at whichever collector',
    async () => {
      const { host, key } = await freshHost();
      const first = await connect(host, key);
      const second = await connect(host, key);
      expect(await first.untilClosed()).toBe(4001);
      await untilReachable(host);
      await tell(host, 'to-second');
      await second.until('result.query', ({ commandId }) => commandId === 'to-second');

      const other = await world.startCollector();
      const third = await connect(host, key, other.url);
      expect(await second.untilClosed()).toBe(4001);
      await eventually(async () => {
        await tell(host, 'to-third');
        return third.received.some((message) => message.type === 'result.query');
      });
      await other.stop();
    },
    WORLD_TIMEOUT_MS,
  );

  it(
    'reaches the agent again after NATS was away',
    async () => {
      const { host, key } = await freshHost();
      const agent = await connect(host, key);
      await world.nats.restart();
      const nats = world.collector.app.get(NatsConnection);
      await eventually(() => nats.status().state === 'up');
      await eventually(() =>
        tell(host, 'after').then(
          ({ delivered }) => delivered,
          () => false,
        ),
      );
      await agent.until('result.query', ({ commandId }) => commandId === 'after');
      expect(agent.closeCode).toBeUndefined();
    },
    WORLD_TIMEOUT_MS,
  );

  it('tells stop-the-world on connect and on each change, and who knows of it', async () => {
    const [quick, silent] = [await freshHost(), await freshHost()];
    const agent = await connect(quick.host, quick.key);
    await connect(silent.host, silent.key);
    await agent.until('control', ({ stopped }) => !stopped);

    const stopping = callApi(world.url, 'POST', '/system/stop', { body: { reason: 'test' } });
    await agent.until('control', ({ stopped }) => stopped);
    agent.send({ type: 'control.ack', stopped: true });
    const outcome = StopOutcome.parse((await stopping).body);
    expect(outcome).toMatchObject({ stopped: true, acknowledged: [quick.host] });
    expect(outcome.unreached).toContain(silent.host);

    const late = await freshHost();
    const lateAgent = await connect(late.host, late.key);
    await lateAgent.until('control', ({ stopped }) => stopped);
    const system = await callApi(world.url, 'GET', '/system');
    expect(system.body).toMatchObject({ stopped: { reason: 'test', actor: 'admin' } });

    await callApi(world.url, 'POST', '/system/resume', { body: { reason: 'over' } });
    await lateAgent.until('control', ({ stopped }) => !stopped);
    expect((await callApi(world.url, 'GET', '/system')).body).toMatchObject({ stopped: null });
  });

  it('shows which agents are connected', async () => {
    const { host, key } = await freshHost();
    const statusOf = async () => {
      const answer = await callApi(world.url, 'GET', '/agents?limit=1000');
      const page = pageOf(AgentRecord).parse(answer.body);
      return page.items.find(({ id }) => id === host);
    };
    expect(await statusOf()).toMatchObject({ status: 'disconnected', agentVersion: '0.1.0' });
    const agent = await connect(host, key);
    agent.send({ type: 'hello', agentVersion: '9.9.9', epoch: 1 });
    await eventually(async () => (await statusOf())?.agentVersion === '9.9.9');
    expect(await statusOf()).toMatchObject({ status: 'connected' });
    await agent.close();
    await eventually(async () => (await statusOf())?.status === 'disconnected');
  });

  it('closes the channel of an agent that is removed, and shuts it out', async () => {
    const { host, key } = await freshHost();
    const agent = await connect(host, key);
    expect((await callApi(world.url, 'DELETE', `/agents/${host}`)).status).toBe(204);
    expect(await agent.untilClosed()).toBe(4003);
    expect(await FakeAgent.refusal(world.url, host, key)).toBe(401);
    const body = { source: host, metrics: [] };
    expect((await callApi(world.url, 'POST', '/ingest', { key, body })).status).toBe(401);
    expect((await callApi(world.url, 'DELETE', `/agents/${host}`)).status).toBe(404);
  });

  it('forgets the state of the host of an agent that is removed, and of no other', async () => {
    const [gone, stays] = [await freshHost(), await freshHost()];
    for (const { host, key } of [gone, stays]) {
      const body = { source: host, metrics: [], state: snapshotOf(1) };
      expect((await callApi(world.url, 'POST', '/ingest', { key, body })).status).toBe(202);
    }
    const { manager } = world.collector.app.get(NatsConnection).require();
    const hosts = async () => {
      const { state } = await manager.streams.info('STATE', { subjects_filter: '>' });
      return Object.keys(state.subjects ?? {});
    };
    const subjects = [gone, stays].map(({ host }) => subjectOf(StateObserved, { host }));
    expect(await hosts()).toEqual(expect.arrayContaining(subjects));
    expect((await callApi(world.url, 'DELETE', `/agents/${gone.host}`)).status).toBe(204);
    expect(await hosts()).not.toContain(subjects[0]);
    expect(await hosts()).toContain(subjects[1]);
  });
});
