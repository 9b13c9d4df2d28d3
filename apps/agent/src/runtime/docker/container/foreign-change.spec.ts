import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineEvent } from '../engine/engine-answers.js';
import { ACTIONS_OF, deedOf, isOwn, type Doing } from './foreign-change.js';

/** What a Docker Engine 20.10 said while somebody did what the names of its events say. */
const events = readFileSync(join(import.meta.dirname, '../testdata/events.ndjson'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => EngineEvent.parse(JSON.parse(line)));

describe('deedOf', () => {
  it('tells what was done to a container, and not what happened to it', () => {
    const [first] = events;
    const deeds = events
      .filter(({ id }) => id === first?.id)
      .flatMap((event) => deedOf(event) ?? []);
    expect(deeds.map(({ what }) => what)).toEqual([
      'pause',
      'kill (signal 15)',
      'unpause',
      'kill (signal 9)',
      'stop',
      'pause',
      'kill (signal 9)',
      'update',
      'update',
      'rename to t1b',
    ]);
  });

  it('tells nothing of networks and volumes, which follow from what happens to containers', () => {
    const others = events.filter(({ type }) => type !== 'container');
    expect(others.length).toBeGreaterThan(10);
    expect(others.flatMap((event) => deedOf(event) ?? [])).toEqual([]);
  });
});

describe('isOwn', () => {
  const doing: Doing = {
    from: 1_000,
    until: 2_000,
    containers: new Set(['a']),
    actions: ACTIONS_OF.stop,
  };

  it.each([
    [{ id: 'a', action: 'kill', at: 1_500 }, true],
    [{ id: 'a', action: 'stop', at: 2_000.4 }, true],
    [{ id: 'b', action: 'kill', at: 1_500 }, false],
    [{ id: 'a', action: 'update', at: 1_500 }, false],
    [{ id: 'a', action: 'kill', at: 900 }, false],
    [{ id: 'a', action: 'kill', at: 2_010 }, false],
  ])('%j: %s', (event, expected) => {
    expect(isOwn(event, [doing])).toBe(expected);
  });
});
