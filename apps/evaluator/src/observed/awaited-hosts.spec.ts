import type { UnmanagedContainer } from '@vigil/contracts';
import { id } from '../testing/fixtures.js';
import { AwaitedHosts } from './awaited-hosts.js';

const web = id('default/web');
const db = id('default/db');

describe('what is waited for', () => {
  it('is the next word of a host, once', () => {
    const awaited = new AwaitedHosts();
    awaited.wait(web, ['h', 'i']);
    awaited.wait(db, ['h']);
    expect([...awaited.take('h')]).toEqual([web, db]);
    expect([...awaited.take('h')]).toEqual([]);
    expect([...awaited.take('i')]).toEqual([web]);
  });

  const needed = { ports: new Set([8080]), names: new Set(['web-0']) };
  const container = { id: 'c', name: 'old', image: 'nginx', hostPorts: [8080] };
  const other = { ...container, id: 'd', name: 'job', hostPorts: [9] };

  it.each<[string, UnmanagedContainer[] | undefined, UnmanagedContainer[] | undefined, boolean]>([
    ['a port that gets free', [container, other], [other], true],
    ['a port of what stops', [container], [{ ...container, hostPorts: [], stopped: true }], true],
    ['a name', [{ ...other, name: 'web-0' }], undefined, true],
    ['a container to be taken over', undefined, [{ ...other, name: 'web-0' }], true],
    ['nothing that comes and goes beside it', [container], [container, other], false],
    ['nothing that has stayed', [container], [{ ...container }], false],
  ])('is, on whichever host, %s', (_what, before, now, expected) => {
    const awaited = new AwaitedHosts();
    awaited.waitForWay(web, needed);
    awaited.waitForWay(web, needed);
    expect(awaited.takeObstructed(before, now)).toEqual(expected ? [web] : []);
    // what was taken does not wait any more
    expect(awaited.takeObstructed([container], [])).toEqual(expected ? [] : [web]);
  });
});
