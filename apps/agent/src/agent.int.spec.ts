import type { Command, Operation, SignedCommand } from '@vigil/contracts';
import type { Service } from '@vigil/manifests';
import { eventually } from '@vigil/testkit';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AgentProcess } from './testing/agent-process.js';
import { FakeCollector } from './testing/fake-collector.js';
import { restartOf, startOf, stopOf } from './testing/operations.js';
import { httpCheck, processService } from './testing/service-manifest.js';

/** Pids of the processes that carry an instance id of Vigil and this mark in their environment. */
function processesWith(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const environ = readFileSync(`/proc/${pid}/environ`, 'utf8');
        return environ.includes('VIGIL_INSTANCE_ID=') && environ.includes(`MARK=${mark}`);
      } catch {
        return false;
      }
    })
    .map(Number);
}

function idle(name: string, mark: string = randomUUID()): { service: Service; mark: string } {
  const service = processService(name, {
    command: ['sleep', '600'],
    ports: [],
    env: { MARK: mark },
  });
  return { service, mark };
}

let collector: FakeCollector;
let agent: AgentProcess;

beforeEach(async () => {
  collector = new FakeCollector('web-1.example');
  await collector.open();
  agent = new AgentProcess(collector);
});
afterEach(async () => {
  await agent.shutDown();
  await collector.close();
});

describe('enrolment', () => {
  it('leaves a key that only the agent can read, and needs no token again', async () => {
    await agent.startConnected();
    const key = join(agent.home, 'agent.key');
    expect(readFileSync(key, 'utf8').trim()).toBe(collector.key);
    expect(statSync(key).mode & 0o777).toBe(0o600);
    agent.signal('SIGTERM');
    expect(await agent.ended()).toBe(0);
    await agent.startConnected({ VIGIL_ENROLL_TOKEN: '' });
  });

  it('waits for a collector that is not there yet', async () => {
    await collector.close();
    agent.start();
    await eventually(() => agent.output.includes('waiting for the collector to enrol'));
    await collector.open();
    await collector.until(() => (collector.isConnected ? true : undefined));
  });

  it.each([
    ['a token that is not valid', { VIGIL_ENROLL_TOKEN: 'wrong' }, 'refused the enrolment: 401'],
    ['no token', { VIGIL_ENROLL_TOKEN: '' }, 'set VIGIL_ENROLL_TOKEN'],
  ])('ends with a reason: %s', async (_what, env, reason) => {
    agent.start(env);
    expect(await agent.ended()).toBe(2);
    expect(agent.output).toContain(reason);
  });

  it('refuses a second agent in the same home', async () => {
    await agent.startConnected();
    const second = new AgentProcess(collector, { VIGIL_AGENT_HOME: agent.home });
    second.start();
    expect(await second.ended()).toBe(2);
    expect(second.output).toContain(`another agent (pid ${agent.pid}) works in`);
  });
});

describe('configuration', () => {
  it('names everything that is wrong with it at once', async () => {
    agent.start({ VIGIL_METRICS_INTERVAL: '5', VIGIL_PORT_RANGE: '9-1', VIGIL_AGENT_HOTS: 'x' });
    expect(await agent.ended()).toBe(2);
    expect(agent.output).toContain('VIGIL_METRICS_INTERVAL: found "5", expected a duration');
    expect(agent.output).toContain('VIGIL_PORT_RANGE: found "9-1", expected two ports');
    expect(agent.output).toContain('VIGIL_AGENT_HOST (did you mean that?)');
  });
});

describe('commands', () => {
  let service: Service;
  let mark: string;
  beforeEach(async () => {
    ({ service, mark } = idle('web'));
    await agent.startConnected();
  });

  const refused = (code: string) => ({ status: 'refused', code });

  it.each<[string, (command: Command) => SignedCommand, string]>([
    [
      'forged',
      (command) => collector.sign(command, generateKeyPairSync('ed25519').privateKey),
      'bad-signature',
    ],
    [
      'changed on the way',
      (command) => {
        const signed = collector.sign(command);
        return { ...signed, payload: signed.payload.replace('sleep', 'sloop') };
      },
      'bad-signature',
    ],
    ['for another host', (command) => collector.sign({ ...command, host: 'web-2' }), 'wrong-host'],
    [
      'expired',
      (command) =>
        collector.sign({ ...command, issuedAt: Date.now() - 60_000, expiresAt: Date.now() - 1 }),
      'expired',
    ],
  ])('that are %s start nothing', async (_what, tamper, code) => {
    const command = collector.command(startOf(service));
    expect(await collector.carryOut(command, tamper(command))).toMatchObject(refused(code));
    expect(processesWith(mark)).toEqual([]);
  });

  it('are carried out once, however often they arrive', async () => {
    const command = collector.command(startOf(service));
    const signed = collector.sign(command);
    const first = await collector.carryOut(command, signed);
    expect(first).toMatchObject({ status: 'succeeded', observation: { state: 'running' } });
    // whoever has not acknowledged the result gets it again
    expect(await collector.carryOut(command, signed)).toEqual(first);
    collector.send({ type: 'result.ack', commandId: command.commandId });
    expect(await collector.carryOut(command, signed)).toMatchObject(refused('replayed'));
    expect(processesWith(mark)).toHaveLength(1);
  });

  it('cannot use a nonce again', async () => {
    const first = collector.command(startOf(service));
    await collector.carryOut(first);
    const second = collector.command(stopOf(service), { nonce: first.nonce });
    expect(await collector.carryOut(second)).toMatchObject(refused('replayed'));
    expect(processesWith(mark)).toHaveLength(1);
  });

  it('are refused with an older fencing token than the resource has seen', async () => {
    await collector.carryOut(collector.command(startOf(service), { fencingToken: 10 }));
    const stale = collector.command(stopOf(service), { fencingToken: 9 });
    expect(await collector.carryOut(stale)).toMatchObject(refused('stale-token'));
    const same = collector.command(stopOf(service), { fencingToken: 10 });
    expect(await collector.carryOut(same)).toMatchObject({ status: 'succeeded' });
  });

  it('are refused while the world is stopped, also after a crash of the agent', async () => {
    collector.send({ type: 'control', stopped: true });
    await collector.until(() =>
      collector.uplinks.find((message) => message.type === 'control.ack' && message.stopped),
    );
    const command = collector.command(startOf(service));
    const signed = collector.sign(command);
    expect(await collector.carryOut(command, signed)).toMatchObject(refused('stopped'));
    await agent.kill();
    await agent.startConnected();
    expect(collector.snapshots.at(-1)?.stopped).toBe(true);
    const another = collector.command(startOf(service));
    expect(await collector.carryOut(another)).toMatchObject(refused('stopped'));
    collector.send({ type: 'control', stopped: false });
    await collector.until(() =>
      collector.uplinks.find((message) => message.type === 'control.ack' && !message.stopped),
    );
    // what was refused once is not carried out later
    expect(await collector.carryOut(command, signed)).toMatchObject(refused('stopped'));
    expect(processesWith(mark)).toEqual([]);
  });

  it.each([
    ['the world was stopped', 'stopped', 30_000],
    ['they have expired', 'expired', 400],
  ])('that wait for their turn are not begun any more when %s', async (_why, code, validMs) => {
    const script = 'trap "echo asked" TERM; echo ready; while :; do sleep 0.05; done';
    const stubborn = processService('stubborn', {
      command: ['sh', '-c', script],
      ports: [],
      env: { MARK: mark },
    });
    await collector.carryOut(collector.command(startOf(stubborn)));
    const path = join(agent.home, 'output/test/stubborn/0.log');
    await eventually(() => readFileSync(path, 'utf8') === 'ready\n');
    const stop = collector.command(stopOf(stubborn, { gracePeriodMs: 1_500 }));
    collector.send({ type: 'command', command: collector.sign(stop) });
    // it has begun: what comes in now is not about it any more
    await eventually(() => readFileSync(path, 'utf8').includes('asked'));
    const expiresAt = Date.now() + validMs;
    const start = collector.command(startOf(stubborn), { expiresAt });
    collector.send({ type: 'command', command: collector.sign(start) });
    if (code === 'stopped') collector.send({ type: 'control', stopped: true });
    expect(await collector.resultOf(stop.commandId)).toMatchObject({ status: 'succeeded' });
    expect(await collector.resultOf(start.commandId)).toMatchObject(refused(code));
    expect(processesWith(mark)).toEqual([]);
  });

  it('do only what the host allows', async () => {
    agent.signal('SIGTERM');
    await agent.ended();
    await agent.startConnected({ VIGIL_ALLOWED_ACTIONS: 'start, restart' });
    await collector.carryOut(collector.command(startOf(service)));
    const stop = collector.command(stopOf(service));
    expect(await collector.carryOut(stop)).toMatchObject(refused('not-allowed'));
    expect(processesWith(mark)).toHaveLength(1);
  });

  it('cannot start what this agent does not run', async () => {
    const docker = processService('box', { runtime: 'docker' });
    expect(await collector.carryOut(collector.command(startOf(docker)))).toMatchObject(
      refused('unsupported-runtime'),
    );
  });

  it('have a result that is asked for by id', async () => {
    const command = collector.command(startOf(service));
    const first = await collector.carryOut(command);
    const before = collector.uplinks.length;
    collector.send({ type: 'result.query', commandId: command.commandId });
    expect(await collector.resultOf(command.commandId, before)).toEqual(first);
    collector.send({ type: 'result.query', commandId: 'never-seen' });
    expect(await collector.resultOf('never-seen')).toMatchObject({ status: 'unknown' });
  });

  it('have a result that is told again over the next channel until it is acknowledged', async () => {
    const command = collector.command(startOf(service));
    await collector.carryOut(command);
    const before = collector.uplinks.length;
    collector.breakChannel();
    expect(await collector.resultOf(command.commandId, before)).toMatchObject({
      status: 'succeeded',
    });
  });

  it('that were not acknowledged are told again after the collector and the agent were away', async () => {
    const commands = ['one', 'two', 'three'].map((name) =>
      collector.command(startOf(idle(name, mark).service)),
    );
    for (const command of commands) await collector.carryOut(command);
    const [acknowledged, ...open] = commands.map(({ commandId }) => commandId);
    collector.send({ type: 'result.ack', commandId: acknowledged ?? '' });
    // messages are handled in order: the answer says that the one before has arrived
    await collector.observe();
    const told = () =>
      collector.uplinks.flatMap((message) =>
        message.type === 'result' ? [message.result.commandId] : [],
      );
    for (const crash of [false, true]) {
      collector.uplinks.length = 0;
      await collector.close();
      if (crash) await agent.kill();
      await collector.open();
      if (crash) agent.start();
      await collector.until(() => (collector.isConnected ? true : undefined));
      await collector.observe();
      expect(told()).toEqual(open);
    }
    expect(processesWith(mark)).toHaveLength(3);
  });

  it('are answered over the next channel when the first one breaks meanwhile', async () => {
    const stubborn = processService('stubborn', {
      command: ['sh', '-c', 'trap "" TERM; echo ready; while :; do sleep 0.05; done'],
      ports: [],
    });
    await collector.carryOut(collector.command(startOf(stubborn)));
    const stop = collector.command(stopOf(stubborn, { gracePeriodMs: 700 }));
    collector.send({ type: 'command', command: collector.sign(stop) });
    collector.breakChannel();
    expect(await collector.resultOf(stop.commandId)).toMatchObject({ status: 'succeeded' });
  });
});

describe('observation', () => {
  it('tells a death at once, by itself', async () => {
    await agent.startConnected();
    const { service } = idle('mortal');
    await collector.carryOut(collector.command(startOf(service)));
    const { pid = 0, instance } = await collector.untilReplica(({ state }) => state === 'running');
    process.kill(pid, 'SIGKILL');
    expect(await collector.untilReplica(({ state }) => state === 'exited')).toMatchObject({
      instance,
      signal: 'SIGKILL',
    });
  });

  it('answers when it is asked, and numbers its snapshots', async () => {
    await agent.startConnected();
    const { service } = idle('seen');
    await collector.carryOut(collector.command(startOf(service)));
    const snapshot = await collector.observe();
    expect(snapshot.replicas).toMatchObject([{ resource: 'test/Service/seen', state: 'running' }]);
    const { epoch } = snapshot.sequence;
    await agent.kill();
    await agent.startConnected();
    expect((await collector.observe()).sequence.epoch).toBeGreaterThan(epoch);
  });

  it('tells what happened while the collector was away', async () => {
    await agent.startConnected();
    const { service } = idle('mortal');
    await collector.carryOut(collector.command(startOf(service)));
    const { pid = 0 } = await collector.untilReplica(({ state }) => state === 'running');
    await collector.close();
    process.kill(pid, 'SIGKILL');
    await collector.open();
    await collector.untilReplica(({ state }) => state === 'exited');
  });

  it('repeats a snapshot that was not taken', async () => {
    await agent.startConnected();
    let refusals = 3;
    collector.ingest = (batch) =>
      batch.state !== undefined && refusals-- > 0
        ? { status: 503, headers: { 'retry-after': '3600' } }
        : undefined;
    const { service } = idle('news');
    await collector.carryOut(collector.command(startOf(service)));
    await collector.untilReplica(({ state }) => state === 'running');
  });
});

describe('samples', () => {
  const names = () =>
    new Set(collector.batches.flatMap(({ metrics }) => metrics.map(({ name }) => name)));

  it('cover the host, the processes and the checks', async () => {
    await agent.startConnected();
    const service = processService('web', { healthCheck: httpCheck() });
    await collector.carryOut(collector.command(startOf(service)));
    const labels = { resource: 'test/Service/web', replica: '0' };
    const ofProcess = (name: string) =>
      collector.until(() =>
        collector.batches
          .flatMap(({ metrics }) => metrics)
          .find((sample) => sample.name === name && sample.labels?.['resource'] !== undefined),
      );
    expect(await ofProcess('cpu_usage')).toMatchObject({ labels });
    expect((await ofProcess('process_resident_memory_bytes')).value).toBeGreaterThan(1_000_000);
    const check = await collector.until(
      () => collector.batches.flatMap(({ checks }) => checks ?? [])[0],
    );
    expect(check).toMatchObject({ resource: 'test/Service/web', replica: 0 });
    for (const name of [
      'cpu_usage',
      'memory_usage',
      'disk_usage',
      'load1',
      'load5',
      'load15',
      'uptime_seconds',
      'process_count',
    ]) {
      expect(names()).toContain(name);
    }
  });

  it('wait in the spool for a collector that is away, over a kill -9 of the agent', async () => {
    await agent.startConnected();
    await collector.until(() => (collector.batches.length > 1 ? true : undefined));
    const tried: string[] = [];
    collector.ingest = ({ batchId }) => {
      if (batchId === undefined) return undefined;
      tried.push(batchId);
      return { status: 503 };
    };
    const oldest = await collector.until(() => tried[0]);
    await eventually(() => statSync(join(agent.home, 'spool/000000000001.spool')).size > 10_000);
    await agent.kill();
    const delivered: string[] = [];
    collector.ingest = ({ batchId }) => {
      if (batchId !== undefined) delivered.push(batchId);
      return undefined;
    };
    await agent.startConnected();
    await collector.until(() => (delivered.length > 5 ? true : undefined));
    expect(delivered[0]).toBe(oldest);
    // in order, without a gap and without a repetition
    const epoch = oldest.split('-')[0] ?? '';
    const numbers = delivered
      .filter((id) => id.startsWith(epoch))
      .map((id) => Number.parseInt(id.split('-')[1] ?? '', 36));
    expect(numbers).toEqual(numbers.map((_number, index) => (numbers[0] ?? 0) + index));
  });

  it('are dropped when they will never be taken, and the others go on', async () => {
    let refused: string | undefined;
    collector.ingest = ({ batchId }) => {
      refused ??= batchId;
      return batchId !== undefined && batchId === refused ? { status: 400 } : undefined;
    };
    await agent.startConnected();
    await collector.until(() => (collector.batches.length > 2 ? true : undefined));
    expect(collector.batches.map(({ batchId }) => batchId)).not.toContain(refused);
    expect(agent.output).toContain('the collector refused a batch for good');
  });

  it('are cut in halves when they are too large', async () => {
    let whole: string | undefined;
    collector.ingest = ({ batchId }) => {
      whole ??= batchId;
      return batchId !== undefined && batchId === whole ? { status: 413 } : undefined;
    };
    await agent.startConnected();
    const halves = await collector.until(() => {
      const found = collector.batches.filter(({ batchId }) =>
        batchId?.startsWith(`${whole ?? '?'}.`),
      );
      return found.length === 2 ? found : undefined;
    });
    expect(halves.map(({ batchId }) => batchId)).toEqual([`${whole ?? ''}.a`, `${whole ?? ''}.b`]);
  });

  it('are kept while the key is refused, and the agent says so', async () => {
    await agent.startConnected();
    collector.refusesKeys = true;
    const kept = 'a batch could not be delivered; it is kept and tried again';
    const line = await eventually(() =>
      agent.output.split('\n').find((text) => text.includes(kept)),
    );
    expect(JSON.parse(line)).toMatchObject({ why: '401 unknown key', level: 'warn' });
  });
});

describe('the end of the agent', () => {
  it('leaves the processes running, and the next agent takes them up', async () => {
    await agent.startConnected();
    const { service, mark } = idle('survivor');
    await collector.carryOut(collector.command(startOf(service)));
    const before = await collector.untilReplica(({ state }) => state === 'running');
    agent.signal('SIGTERM');
    expect(await agent.ended()).toBe(0);
    expect(processesWith(mark)).toEqual([before.pid]);
    await agent.startConnected();
    expect(await collector.untilReplica(() => true)).toMatchObject({
      instance: before.instance,
      pid: before.pid,
      state: 'running',
    });
  });

  it('takes the processes along when it is told to, and they are not running afterwards', async () => {
    await agent.startConnected();
    const { service, mark } = idle('stopped');
    await collector.carryOut(collector.command(startOf(service)));
    const before = await collector.untilReplica(({ state }) => state === 'running');
    const known = collector.snapshots.length;
    agent.tell({ type: 'shutdown', stopSupervised: true });
    agent.signal('SIGTERM');
    expect(await agent.ended()).toBe(0);
    expect(processesWith(mark)).toEqual([]);
    // nobody is told to repair what was ended on purpose
    expect(
      collector.snapshots.slice(known).filter(({ replicas }) => replicas[0]?.state === 'exited'),
    ).toEqual([]);
    await agent.startConnected();
    expect(await collector.untilReplica(() => true)).toMatchObject({
      instance: before.instance,
      state: 'exited',
    });
  });

  it('does not come with that of its parent', async () => {
    await agent.startConnected();
    agent.disconnect();
    const { service } = idle('orphan');
    expect(await collector.carryOut(collector.command(startOf(service)))).toMatchObject({
      status: 'succeeded',
    });
    // nobody is left who could tell the agent to end it
    await collector.carryOut(collector.command(stopOf(service)));
  });
});

describe('kill -9 of the agent', () => {
  it('at any moment of a command runs nothing twice and forgets nothing', async () => {
    await agent.startConnected();
    const { service, mark } = idle('crash');
    let operation: Operation = startOf(service);
    for (let round = 0; round < 12; round += 1) {
      const command = collector.command(operation);
      const before = collector.uplinks.length;
      collector.send({ type: 'command', command: collector.sign(command) });
      // later and later in the course of the command: before it, in it, after it
      await new Promise((resolve) => setTimeout(resolve, round));
      await agent.kill();
      await agent.startConnected();
      collector.send({ type: 'result.query', commandId: command.commandId });
      const result = await collector.resultOf(command.commandId, before);
      const running = processesWith(mark);
      expect(running.length).toBeLessThanOrEqual(1);
      const [replica] = (await collector.observe()).replicas;
      expect(replica?.state === 'running' ? [replica.pid] : []).toEqual(running);
      if (result.status === 'succeeded') expect(running).toHaveLength(1);
      operation = running.length === 0 ? startOf(service) : restartOf(service);
    }
  });
});
