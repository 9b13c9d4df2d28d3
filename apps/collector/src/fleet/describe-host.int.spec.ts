import { CreatedKey, HostDescription, type AgentDownlink } from '@vigil/contracts';
import { Bus, Subscriptions } from '@vigil/messaging';
import { SilentLog } from '@vigil/service';
import { eventually } from '@vigil/testkit';
import { callApi, type ApiAnswer } from '../testing/api-client.js';
import { createWorld, WORLD_TIMEOUT_MS, type CollectorWorld } from '../testing/collector-world.js';
import { enrol } from '../testing/enrol.js';
import { FakeAgent } from '../testing/fake-agent.js';
import { AgentRegistry } from './agent-registry.js';
import { DescribeHost, DescriptionPatience } from './describe-host.js';

const DESCRIPTION = {
  containers: [],
  refused: [{ name: 'gone', why: 'there is no such container' }],
  omitted: ['late'],
};

describe('POST /agents/{id}/describe', () => {
  let world: CollectorWorld;
  let hosts = 0;
  const open: FakeAgent[] = [];

  beforeAll(async () => {
    world = await createWorld();
  }, WORLD_TIMEOUT_MS);
  afterEach(() => Promise.all(open.splice(0).map((agent) => agent.close())));
  afterAll(() => world.stop());

  const connected = async () => {
    const host = `described-${(hosts += 1)}.example.org`;
    const { key } = await enrol(world.url, host);
    const agent = await FakeAgent.connect(world.url, host, key);
    open.push(agent);
    return { host, agent };
  };
  const describeHost = (host: string, body: object = {}, url = world.url, key?: string) =>
    callApi(url, 'POST', `/agents/${host}/describe`, { body, ...(key ? { key } : {}) });
  /** Asks again while the channel is not known yet. */
  const untilAsked = async (host: string, agent: FakeAgent, body: object = {}, url = world.url) => {
    let answer: Promise<ApiAnswer> | undefined;
    const asked = await eventually(async () => {
      answer = describeHost(host, body, url);
      return Promise.race([
        agent.until('describe'),
        answer.then(({ status }) => {
          throw new Error(`answered ${status} before the agent was asked`);
        }),
      ]);
    });
    if (answer === undefined) throw new Error('nobody asked');
    return { asked, answer };
  };
  const respond = (
    agent: FakeAgent,
    { requestId }: Extract<AgentDownlink, { type: 'describe' }>,
  ) => ({
    with: (outcome: object) =>
      agent.sendText(JSON.stringify({ type: 'description', requestId, outcome })),
  });

  it('asks the agent of the host for what was asked for, and answers with what it says', async () => {
    const { host, agent } = await connected();
    const { asked, answer } = await untilAsked(host, agent, { containers: ['gone'] });
    expect(asked.names).toEqual(['gone']);
    respond(agent, { ...asked, requestId: 'of somebody else' }).with({
      status: 'described',
      ...DESCRIPTION,
      omitted: [],
    });
    respond(agent, asked).with({ status: 'described', ...DESCRIPTION });
    const { status, body } = await answer;
    expect(status).toBe(200);
    expect(HostDescription.parse(body)).toEqual(DESCRIPTION);
  });

  it('reaches an agent whose channel another collector holds', async () => {
    const { host, agent } = await connected();
    const other = await world.startCollector();
    const { asked, answer } = await untilAsked(host, agent, {}, other.url);
    expect(asked.names).toBeUndefined();
    respond(agent, asked).with({ status: 'described', ...DESCRIPTION });
    expect((await answer).status).toBe(200);
  });

  it.each([
    ['no-engine', 409],
    ['not-allowed', 409],
    ['failed', 409],
    ['engine-away', 503],
    ['busy', 503],
  ])('says why it cannot be: %s', async (code, status) => {
    const { host, agent } = await connected();
    const { asked, answer } = await untilAsked(host, agent);
    respond(agent, asked).with({ status: 'failed', code, message: 'because' });
    expect(await answer).toMatchObject({ status, body: { detail: `${host}: because` } });
  });

  it('knows hosts that are not enrolled, and agents that are not connected', async () => {
    expect(await describeHost('nowhere')).toMatchObject({ status: 404 });
    await enrol(world.url, 'away.example.org');
    expect(await describeHost('away.example.org')).toMatchObject({
      status: 503,
      body: { detail: 'the agent of away.example.org is not connected' },
    });
  });

  it('does not wait for ever for an agent that does not know the question', async () => {
    const { host, agent } = await connected();
    const { app } = world.collector;
    const describing = new DescribeHost(
      app.get(Bus),
      app.get(Subscriptions),
      app.get(AgentRegistry),
      new DescriptionPatience(50),
      new SilentLog(),
    );
    const caller = { keyId: 'k', name: 'ada', role: 'admin' } as const;
    await eventually(async () => {
      await expect(describing.describe(host, undefined, caller)).rejects.toMatchObject({
        status: 504,
      });
      return true;
    });
    expect(agent.received.some(({ type }) => type === 'describe')).toBe(true);
  });

  it('is for admins: it makes an agent write files', async () => {
    const { host } = await connected();
    const made = await callApi(world.url, 'POST', '/keys', {
      body: { name: 'op', role: 'operator' },
    });
    const { key } = CreatedKey.parse(made.body);
    expect(await describeHost(host, {}, world.url, key)).toMatchObject({ status: 403 });
  });
});
