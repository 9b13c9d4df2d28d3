import { eventually, temporaryDirectory } from '@vigil/testkit';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { http } from '../http/node-http.js';
import { AgentProcess } from '../testing/agent-process.js';
import { FakeCollector } from '../testing/fake-collector.js';
import { startOf } from '../testing/operations.js';
import { processService } from '../testing/service-manifest.js';

const service = processService('steady', { command: ['sleep', '600'], ports: [] });

let collector: FakeCollector;
let agent: AgentProcess;
let tokenFile: string;

/** An agent with a supervised process and one refused key; resolves with the process' pid. */
async function loseKey(env: Readonly<Record<string, string>> = {}): Promise<number> {
  await agent.startConnected({
    VIGIL_ENROLL_TOKEN: '',
    VIGIL_ENROLL_TOKEN_FILE: tokenFile,
    VIGIL_AGENT_PORT: '0',
    ...env,
  });
  await collector.carryOut(collector.command(startOf(service)));
  const { pid = 0 } = await collector.untilReplica(({ state }) => state === 'running');
  collector.revokeKey();
  await eventually(() => agent.output.includes('the collector refuses the key of this agent'));
  return pid;
}

const refreshed = () =>
  collector.until(() => (collector.isConnected ? collector.snapshots.at(-1) : undefined));

interface Health {
  readonly status: number;
  readonly body: string;
}

/** What the agent says about itself on its own port. */
function health(): Promise<Health> {
  const port = /"port":(\d+)/.exec(agent.output)?.[1] ?? '';
  return new Promise((resolve, reject) => {
    const request = http.get(`http://127.0.0.1:${port}/health`, { agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on('error', reject);
  });
}

beforeEach(async () => {
  collector = new FakeCollector('web-1.example');
  await collector.open();
  agent = new AgentProcess(collector);
  tokenFile = join(temporaryDirectory('token'), 'token');
  writeFileSync(tokenFile, `${collector.token}\n`);
});
afterEach(async () => {
  await agent.shutDown();
  await collector.close();
});

describe('an agent whose key is refused', () => {
  it('says so, does not show its used token again, and looks after its processes', async () => {
    const pid = await loseKey();
    const { status, body } = await health();
    expect(status).toBe(503);
    expect(body).toContain('set VIGIL_ENROLL_TOKEN to a new token for this host');
    expect(collector.shownTokens).toEqual([collector.token]);
    process.kill(pid, 'SIGKILL');
    // what happened meanwhile is told when the key is accepted again
    collector.key = readFileSync(join(agent.home, 'agent.key'), 'utf8').trim();
    await collector.untilReplica(({ state }) => state === 'exited');
    await eventually(async () => (await health()).status === 200);
  });

  it('enrols again with a new token, and keeps its processes and its spool', async () => {
    const delivered = new Set<string>();
    collector.ingest = ({ batchId }) => {
      if (batchId !== undefined) delivered.add(batchId);
      return undefined;
    };
    const pid = await loseKey();
    const before = collector.batches.length;
    collector.token = `token-${randomUUID()}`;
    writeFileSync(tokenFile, collector.token);
    expect(await refreshed()).toMatchObject({ replicas: [{ state: 'running', pid }] });
    expect(readFileSync(join(agent.home, 'agent.key'), 'utf8').trim()).toBe(collector.key);
    await collector.until(() => (collector.batches.length > before + 5 ? true : undefined));
    const numbers = [...delivered].map((id) => Number.parseInt(id.split('-')[1] ?? '', 36));
    expect(numbers).toEqual(numbers.map((_number, index) => (numbers[0] ?? 0) + index));
    const another = processService('another', { command: ['sleep', '600'], ports: [] });
    expect(await collector.carryOut(collector.command(startOf(another)))).toMatchObject({
      status: 'succeeded',
    });
  });

  it('obeys the commands of the installation that it is enrolled in now, and no others', async () => {
    await loseKey();
    const { signingKey } = collector;
    collector.replaceSigningKey();
    collector.token = `token-${randomUUID()}`;
    writeFileSync(tokenFile, collector.token);
    await refreshed();
    const another = processService('another', { command: ['sleep', '600'], ports: [] });
    const command = collector.command(startOf(another));
    expect(await collector.carryOut(command, collector.sign(command, signingKey))).toMatchObject({
      status: 'refused',
      code: 'bad-signature',
    });
    expect(await collector.carryOut(collector.command(startOf(another)))).toMatchObject({
      status: 'succeeded',
    });
  });

  it('says that the token is refused too, and takes a better one', async () => {
    await loseKey();
    writeFileSync(tokenFile, 'not-a-token');
    await eventually(() =>
      agent.output.includes('refused the enrolment: 401 the token is not valid'),
    );
    expect((await health()).body).toContain('401 the token is not valid');
    collector.token = `token-${randomUUID()}`;
    writeFileSync(tokenFile, collector.token);
    await refreshed();
    // each of them was shown once
    expect(collector.shownTokens).toHaveLength(3);
  });

  it('enrols again when it is started with a new token', async () => {
    const pid = await loseKey();
    await agent.kill();
    collector.token = `token-${randomUUID()}`;
    await agent.startConnected({ VIGIL_ENROLL_TOKEN: collector.token });
    expect(await refreshed()).toMatchObject({ replicas: [{ state: 'running', pid }] });
  });
});
