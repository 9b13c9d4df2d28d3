import { eventually, temporaryDirectory } from '@vigil/testkit';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LogFile } from './log-file.js';
import { ProcessRecords } from './process-records.js';
import { FailedToStart, SupervisedProcess, type ProcessSpec } from './supervised-process.js';

/** Writes `ready`, says what it hears, and ends in an orderly way when it is asked to. */
const SERVICE = `
  const { writeFileSync } = require('node:fs');
  process.on('message', (message) => console.log('heard', JSON.stringify(message)));
  process.on('SIGTERM', () => { console.log('asked to end'); process.exit(0); });
  writeFileSync(process.argv[1], 'ready');
  setInterval(() => {}, 1000);
`;
const STUBBORN = SERVICE.replace("console.log('asked to end'); process.exit(0);", '');

interface World {
  readonly process: SupervisedProcess;
  readonly log: LogFile;
  readonly records: ProcessRecords;
  readonly said: string[];
}

const worlds: World[] = [];
afterEach(async () => {
  await Promise.all(worlds.splice(0).map(({ process }) => process.kill()));
});

function supervise(script: string, changes: Partial<ProcessSpec> = {}): World {
  const directory = temporaryDirectory('supervised');
  const ready = join(directory, 'ready');
  const run = join(directory, 'run');
  mkdirSync(run);
  const log = new LogFile(join(directory, 'service.log'));
  const records = new ProcessRecords(run);
  const said: string[] = [];
  const supervised = new SupervisedProcess(
    {
      name: 'service',
      command: process.execPath,
      args: ['-e', script, ready],
      env: {},
      channel: true,
      isReady: () => Promise.resolve(existsSync(ready)),
      stopSignal: 'SIGTERM',
      stopPatienceMs: 10_000,
      ...changes,
    },
    { log, records, say: (_name, text) => said.push(text) },
  );
  const world = { process: supervised, log, records, said };
  worlds.push(world);
  return world;
}

function killWithForce(world: World): number {
  const { pid } = world.process;
  if (pid === undefined) throw new Error('it does not run');
  process.kill(pid, 'SIGKILL');
  return pid;
}

describe('a supervised process', () => {
  it('is recorded while it runs, and ends in an orderly way', async () => {
    const world = supervise(SERVICE);
    await world.process.start();
    expect(world.records.living()).toMatchObject([{ name: 'service', pid: world.process.pid }]);
    await world.process.stop();
    expect(world.records.living()).toEqual([]);
    expect(world.log.lastLines(1)).toEqual(['asked to end']);
    expect(world.said).toEqual([]);
  });

  it('hears the farewell before it is asked to end', async () => {
    const world = supervise(SERVICE, { farewell: { type: 'shutdown', stopSupervised: true } });
    await world.process.start();
    await world.process.stop();
    expect(world.log.lastLines(2)[0]).toBe('heard {"type":"shutdown","stopSupervised":true}');
  });

  it('is killed when it does not end in time', async () => {
    const world = supervise(STUBBORN, { stopPatienceMs: 50 });
    await world.process.start();
    await world.process.stop();
    expect(world.records.living()).toEqual([]);
  });

  it('is started again when it dies, and says so', async () => {
    const world = supervise(SERVICE);
    await world.process.start();
    const first = killWithForce(world);
    await eventually(() => world.said.some((text) => text.startsWith('is back')));
    expect(world.said[0]).toBe('was ended by SIGKILL; starting it again in 1 s');
    expect(world.process.pid).not.toBe(first);
  });

  it('is not started again when it was told to stop meanwhile', async () => {
    const world = supervise(SERVICE);
    await world.process.start();
    killWithForce(world);
    await eventually(() => world.said.length > 0);
    await world.process.stop();
    expect(world.process.pid).toBeUndefined();
    expect(world.records.living()).toEqual([]);
  });

  it('shows the end of its log when it cannot start', async () => {
    const world = supervise('console.log("no such setting"); process.exit(2)');
    const failure: unknown = await world.process.start().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(FailedToStart);
    expect(failure).toMatchObject({
      message: 'service ended with exit code 2',
      output: ['no such setting'],
    });
  });

  it('fails when there is no such program', async () => {
    const world = supervise('', { command: '/nonexistent/program' });
    await expect(world.process.start()).rejects.toThrow('service could not be started');
  });

  it('comes back with a new build without waiting, and without a farewell', async () => {
    const world = supervise(SERVICE, { farewell: { type: 'shutdown' } });
    await world.process.start();
    const first = world.process.pid;
    await world.process.restart();
    expect(world.process.pid).not.toBe(first);
    expect(world.log.lastLines(10)).toEqual(['asked to end']);
  });
});

describe('records', () => {
  it('forget a pid that belongs to somebody else by now', () => {
    const run = temporaryDirectory('run');
    const record = { name: 'old', pid: process.pid, startTime: 'before' };
    writeFileSync(join(run, 'old.process.json'), JSON.stringify(record));
    writeFileSync(join(run, 'torn.process.json'), '{"name":');
    expect(new ProcessRecords(run).living()).toEqual([]);
    expect(existsSync(join(run, 'old.process.json'))).toBe(false);
  });
});
