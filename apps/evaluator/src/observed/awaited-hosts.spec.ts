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

  it('is a free way, on whichever host', () => {
    const awaited = new AwaitedHosts();
    awaited.waitForWay(web);
    awaited.waitForWay(web);
    awaited.wait(db, ['h']);
    expect([...awaited.takeObstructed()]).toEqual([web]);
    expect([...awaited.takeObstructed()]).toEqual([]);
    expect([...awaited.take('h')]).toEqual([db]);
  });
});
