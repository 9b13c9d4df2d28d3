import type { Operation } from '@vigil/contracts';
import { resourceId, type Service } from '@vigil/manifests';
import { AgentProcess } from './testing/agent-process.js';
import { digestOf } from './testing/digest.js';
import { FakeCollector } from './testing/fake-collector.js';
import { httpCheck, processService } from './testing/service-manifest.js';

function start(service: Service, replica = 0): Operation {
  const { namespace, name } = service.metadata;
  return {
    kind: 'start',
    resource: resourceId({ namespace, kind: 'Service', name }),
    replica,
    precondition: { kind: 'absent' },
    service,
    specDigest: digestOf(JSON.stringify(service)),
  };
}

describe('agent', () => {
  const collector = new FakeCollector('web-1.example');
  const agent = new AgentProcess(collector);

  beforeAll(() => collector.open());
  afterAll(async () => {
    await agent.shutDown();
    await collector.close();
  });

  it('enrols, starts a process and tells its health', async () => {
    await agent.startConnected();
    const web = processService('web', { healthCheck: httpCheck() });
    const result = await collector.carryOut(collector.command(start(web)));
    expect(result).toMatchObject({ status: 'succeeded' });
    const replica = await collector.untilReplica(({ health }) => health.status === 'healthy');
    expect(replica.state).toBe('running');
    process.kill(replica.pid!, 'SIGKILL');
    const dead = await collector.untilReplica(({ state }) => state === 'exited');
    expect(dead).toMatchObject({ signal: 'SIGKILL', instance: replica.instance });
    console.log(agent.output.slice(0, 3000));
    console.log(JSON.stringify(dead));
  });
});
