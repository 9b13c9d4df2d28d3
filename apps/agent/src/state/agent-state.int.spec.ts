import { temporaryDirectory } from '@vigil/testkit';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { encodeLine } from '../disk/journal-line.js';
import { silentLog, type Log } from '../log/log.js';
import { commandRecord, launchOf, resultOf, WEB } from '../testing/documents.js';
import { AgentState } from './agent-state.js';
import type { StateChange } from './state-change.js';

let path: string;
let clock: number;
let state: AgentState | undefined;
beforeEach(() => {
  path = join(temporaryDirectory('state'), 'state.journal');
  clock = 1_000;
});
afterEach(() => state?.close());

async function open(log: Log = silentLog): Promise<AgentState> {
  await state?.close();
  state = await AgentState.open(path, log, () => clock);
  return state;
}

/** The head of a compact journal, as far as a test changes it. */
const WrittenDocument = z.looseObject({
  replicas: z.array(
    z.looseObject({ launch: z.looseObject({ spec: z.record(z.string(), z.unknown()) }) }),
  ),
});

const id = { resource: WEB, replica: 0 };
const running: StateChange[] = [
  { type: 'launch.intended', ...id, launch: launchOf('a') },
  {
    type: 'launch.spawned',
    ...id,
    instance: 'a',
    process: { pid: 42, startTime: '1', bootId: 'b' },
  },
];

async function recordAll(changes: readonly StateChange[]): Promise<void> {
  for (const change of changes) await state?.record(change);
}

describe('AgentState', () => {
  it('begins a later epoch at every start, also when the clock went back', async () => {
    clock = 5_000;
    expect((await open()).epoch).toBe(5_000);
    clock = 4_000;
    expect((await open()).epoch).toBe(5_001);
    clock = 9_000;
    expect((await open()).epoch).toBe(9_000);
  });

  it('remembers replicas, commands, tokens and stop-the-world', async () => {
    await open();
    await recordAll([
      ...running,
      { type: 'command.recorded', command: commandRecord('c'), token: 7 },
      { type: 'command.recorded', command: commandRecord('d'), token: 6 },
      { type: 'command.finished', result: resultOf('c') },
      { type: 'control.told', stopped: true },
    ]);
    const reopened = await open();
    expect(reopened.replica(WEB, 0)?.launch).toMatchObject({ instance: 'a', process: { pid: 42 } });
    expect(reopened.unfinishedCommands().map(({ commandId }) => commandId)).toEqual(['d']);
    expect(reopened.unacknowledgedResults()).toEqual([resultOf('c')]);
    expect(reopened.highestToken(WEB)).toBe(7);
    expect(reopened.hasNonce('nonce-of-d')).toBe(true);
    expect(reopened.stopped).toBe(true);
  });

  it('loses no process over an entry that it does not understand', async () => {
    const errors: string[] = [];
    const log: Log = { ...silentLog, error: (message) => errors.push(message) };
    await open();
    await recordAll(running);
    appendFileSync(path, encodeLine({ type: 'of.a.later.version', x: 1 }));
    expect((await open(log)).replica(WEB, 0)?.launch?.instance).toBe('a');
    expect(errors).toEqual(['an entry of the journal is not understood and left out']);
  });

  it('loses no process over another one, or over a check, of a form of its own', async () => {
    await open();
    await recordAll(running);
    await open();
    const [head = ''] = readFileSync(path, 'utf8').split('\n');
    const document = WrittenDocument.parse(JSON.parse(head.slice(9)));
    for (const { launch } of document.replicas) {
      launch.spec['healthCheck'] = { kind: 'grpc', port: 1 };
    }
    const odd = { resource: 'test/Service/odd', replica: 'first' };
    writeFileSync(path, encodeLine({ ...document, replicas: [odd, ...document.replicas] }));
    const reopened = await open();
    expect([...reopened.replicas()]).toHaveLength(1);
    expect(reopened.replica(WEB, 0)?.launch).toMatchObject({ instance: 'a' });
    expect(reopened.replica(WEB, 0)?.launch?.spec.healthCheck).toBeUndefined();
  });

  it('stays small whatever happens', async () => {
    const current = await open();
    for (let round = 0; round < 400; round += 1) {
      clock += 60_000;
      const commandId = `c${round}`;
      const command = commandRecord(commandId, { acceptedAt: clock, expiresAt: clock + 30_000 });
      await recordAll([
        { type: 'command.recorded', command, token: round },
        { type: 'command.finished', result: resultOf(commandId, { message: 'x'.repeat(2_000) }) },
        { type: 'result.acknowledged', commandId },
      ]);
    }
    expect(readFileSync(path).length).toBeLessThan(1_300_000);
    expect(current.command('c399')).toBeDefined();
    await open();
    expect(readFileSync(path).length).toBeLessThan(100_000);
  });

  it('has no room for further commands while ten thousand could be replayed', async () => {
    const current = await open();
    const fill = Array.from({ length: 10_001 }, (_unused, index) =>
      commandRecord(`c${index}`, { acceptedAt: clock, expiresAt: clock + 30_000 }),
    );
    await Promise.all(
      fill.map((command) => current.record({ type: 'command.recorded', command, token: 1 })),
    );
    expect(current.isLedgerFull()).toBe(true);
    clock += 30_000 + 5 * 60_000 + 1;
    expect(current.isLedgerFull()).toBe(false);
  });
});
