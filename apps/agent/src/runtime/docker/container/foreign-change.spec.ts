import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineEvent, InspectedContainer } from '../engine/engine-answers.js';
import { ACTIONS_OF, deedOf, isOwn, lateDeedOf, type Doing } from './foreign-change.js';

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

  it('tells of what follows from a launch as well only what cannot be of the launch', () => {
    const container = (state: object, restarts = 0) =>
      InspectedContainer.parse({
        Id: 'a',
        State: state,
        Config: {},
        HostConfig: {},
        RestartCount: restarts,
      });
    const startedAt = '2026-01-01T00:00:10Z';
    const running = container({ Running: true, StartedAt: startedAt });
    const event = (type: string, action: string, second: number) =>
      EngineEvent.parse({
        Type: type,
        Action: action,
        Actor: { ID: 'a', Attributes: { name: 'side' } },
        time: Date.parse(startedAt) / 1000 + second,
      });
    const what = (...args: Parameters<typeof lateDeedOf>) => lateDeedOf(...args)?.what;
    expect(what(event('network', 'connect', 1), running, true)).toBe('network connect side');
    expect(what(event('network', 'disconnect', 1), running, false)).toBe('network disconnect side');
    expect(what(event('network', 'connect', -1), running, true)).toBeUndefined();
    expect(what(event('network', 'create', 1), running, true)).toBeUndefined();
    const ended = container({ Running: false, StartedAt: startedAt });
    expect(what(event('network', 'disconnect', 1), ended, true)).toBeUndefined();
    expect(what(event('container', 'start', 0), running, true)).toBe('start');
    expect(what(event('container', 'start', 0), running, false)).toBeUndefined();
    const restarted = container({ Running: true, StartedAt: startedAt }, 1);
    expect(what(event('container', 'start', 0), restarted, true)).toBeUndefined();
    expect(what(event('container', 'die', 1), running, true)).toBeUndefined();
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
    [{ container: 'a', action: 'kill', at: 1_500 }, true],
    [{ container: 'a', action: 'stop', at: 2_000.4 }, true],
    [{ container: 'b', action: 'kill', at: 1_500 }, false],
    [{ container: 'a', action: 'update', at: 1_500 }, false],
    [{ container: 'a', action: 'kill', at: 900 }, false],
    [{ container: 'a', action: 'kill', at: 2_010 }, false],
  ])('%j: %s', (event, expected) => {
    expect(isOwn(event, [doing])).toBe(expected);
  });
});
