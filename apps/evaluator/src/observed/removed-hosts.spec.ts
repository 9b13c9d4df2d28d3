import { snapshot, T0 } from '../testing/fixtures.js';
import { RemovedHosts } from './removed-hosts.js';

describe('removed hosts', () => {
  it('keep their newest word until they are enrolled again', () => {
    const removed = new RemovedHosts();
    expect(removed.holdBack(snapshot('h', 1, []), T0)).toBe(false);
    removed.remove('h', T0);
    expect([...removed.names()]).toEqual(['h']);
    expect(removed.holdBack(snapshot('h', 2, []), T0 + 1)).toBe(true);
    expect(removed.holdBack(snapshot('h', 3, []), T0 + 2)).toBe(true);
    expect(removed.welcome('h')).toEqual({ snapshot: snapshot('h', 3, []), seenAt: T0 + 2 });
    expect(removed.has('h')).toBe(false);
    expect(removed.welcome('h')).toBeUndefined();
  });

  it('count with what they say after their removal only: somebody else speaks for them', () => {
    const removed = new RemovedHosts();
    removed.remove('h', T0);
    expect(removed.isFromBefore('h', T0)).toBe(true);
    expect(removed.isFromBefore('h', T0 + 1)).toBe(false);
    expect(removed.isFromBefore('i', T0 - 1)).toBe(false);
  });
});
