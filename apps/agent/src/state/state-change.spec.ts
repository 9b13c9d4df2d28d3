import fc from 'fast-check';
import { commandRecord, launchOf, resultOf, WEB } from '../testing/documents.js';
import { emptyDocument, replicaKey, type AgentDocument } from './agent-document.js';
import { applyChange, documentAsChange, StateChange } from './state-change.js';

const id = { resource: WEB, replica: 0 };
const process = { pid: 42, startTime: '17', bootId: 'boot' };

function documentAfter(...changes: StateChange[]): AgentDocument {
  const document = emptyDocument();
  for (const change of changes) applyChange(document, change);
  return document;
}

function replicaAfter(...changes: StateChange[]) {
  return documentAfter(...changes).replicas.get(replicaKey(WEB, 0));
}

const intended = (instance: string): StateChange => ({
  type: 'launch.intended',
  ...id,
  launch: launchOf(instance),
});
const spawned = (instance: string): StateChange => ({
  type: 'launch.spawned',
  ...id,
  instance,
  process,
});
const ended = (instance: string, by: 'itself' | 'command'): StateChange => ({
  type: 'launch.ended',
  ...id,
  instance,
  end: { at: 2_000, by },
});

describe('a launch', () => {
  it('replaces the one before only when there is a process', () => {
    const before = [intended('a'), spawned('a'), ended('a', 'itself')];
    const started = replicaAfter(...before, intended('b'), spawned('b'));
    expect(started).toMatchObject({ launch: { instance: 'b', process } });
    expect(started).not.toHaveProperty('intended');
    const failed = { type: 'launch.failed', ...id, instance: 'b' } as const;
    expect(replicaAfter(...before, intended('b'), failed)?.launch?.instance).toBe('a');
  });

  it('leaves nothing behind when it was the first and failed', () => {
    expect(
      replicaAfter(intended('a'), { type: 'launch.failed', ...id, instance: 'a' }),
    ).toBeUndefined();
  });

  it('is not ended by news about an earlier one', () => {
    const second = replicaAfter(intended('b'), spawned('b'), ended('a', 'itself'));
    expect(second?.launch?.end).toBeUndefined();
  });

  it('that exited can still be kept down, and not the other way round', () => {
    const exited = [intended('a'), spawned('a'), ended('a', 'itself')];
    expect(replicaAfter(...exited, ended('a', 'command'))?.launch?.end?.by).toBe('command');
    const stopped = [intended('a'), spawned('a'), ended('a', 'command')];
    expect(replicaAfter(...stopped, ended('a', 'itself'))?.launch?.end?.by).toBe('command');
  });
});

describe('the ledger', () => {
  it('keeps the first record and the first result of a command', () => {
    const document = documentAfter(
      { type: 'command.recorded', command: commandRecord('c'), token: 5 },
      { type: 'command.finished', result: resultOf('c') },
      { type: 'command.recorded', command: commandRecord('c', { nonce: 'other' }), token: 4 },
      { type: 'command.finished', result: resultOf('c', { status: 'failed' }) },
    );
    expect(document.commands.get('c')).toMatchObject({
      nonce: 'nonce-of-c',
      result: { status: 'succeeded' },
    });
    expect(document.tokens.get(WEB)?.token).toBe(5);
  });

  it('acknowledges only what has a result', () => {
    const recorded = { type: 'command.recorded', command: commandRecord('c'), token: 1 } as const;
    const acknowledged = { type: 'result.acknowledged', commandId: 'c' } as const;
    const finished = { type: 'command.finished', result: resultOf('c') } as const;
    expect(documentAfter(recorded, acknowledged).commands.get('c')?.acknowledged).toBe(false);
    expect(documentAfter(recorded, finished, acknowledged).commands.get('c')?.acknowledged).toBe(
      true,
    );
  });
});

const anyChange: fc.Arbitrary<StateChange> = fc.oneof(
  fc.nat(5).map((epoch): StateChange => ({ type: 'epoch.began', epoch })),
  fc.boolean().map((stopped): StateChange => ({ type: 'control.told', stopped })),
  fc.tuple(fc.constantFrom('c', 'd'), fc.nat(9)).map(([commandId, token]): StateChange => ({
    type: 'command.recorded',
    command: commandRecord(commandId),
    token,
  })),
  fc
    .constantFrom('c', 'd')
    .map((commandId): StateChange => ({ type: 'command.finished', result: resultOf(commandId) })),
  fc
    .constantFrom('c', 'd')
    .map((commandId): StateChange => ({ type: 'result.acknowledged', commandId })),
  fc.constantFrom('a', 'b').map(intended),
  fc.constantFrom('a', 'b').map(spawned),
  fc
    .tuple(fc.constantFrom('a', 'b'), fc.constantFrom('itself', 'command'))
    .map(([instance, by]) => ended(instance, by)),
  fc
    .constantFrom('a', 'b')
    .map((instance): StateChange => ({ type: 'launch.failed', ...id, instance })),
  fc.constant<StateChange>({ type: 'replica.forgotten', ...id }),
);

describe('any sequence of changes', () => {
  it('is the same after a change was written twice in a row', () => {
    fc.assert(
      fc.property(fc.array(anyChange), (changes) => {
        const twice = changes.flatMap((change) => [change, change]);
        expect(documentAfter(...twice)).toEqual(documentAfter(...changes));
      }),
    );
  });

  it('survives compaction and the way through the file at any point', () => {
    fc.assert(
      fc.property(fc.array(anyChange), fc.nat(), (changes, at) => {
        const cut = changes.length === 0 ? 0 : at % changes.length;
        const compact = documentAsChange(documentAfter(...changes.slice(0, cut)));
        const read = StateChange.parse(JSON.parse(JSON.stringify(compact)));
        expect(documentAfter(read, ...changes.slice(cut))).toEqual(documentAfter(...changes));
      }),
    );
  });
});
