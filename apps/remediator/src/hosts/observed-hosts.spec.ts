import { snapshot } from '../testing/fixtures.js';
import { ObservedHosts } from './observed-hosts.js';

describe('waiting for news of a host', () => {
  it('ends at its next news, however long it may take', async () => {
    const hosts = new ObservedHosts();
    let ended = false;
    const day = 86_400_000;
    const news = hosts
      .nextChange(new Set(['host-a']), 60 * day, new AbortController().signal)
      .then(() => {
        ended = true;
      });
    // a timer that is set too far ahead fires at once
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(ended).toBe(false);
    hosts.record('host-b', snapshot(1, []), 1);
    hosts.record('host-a', snapshot(1, []), 1);
    await news;
    expect(ended).toBe(true);
  });

  it('keeps the last sign of life when a snapshot comes that is older', () => {
    const hosts = new ObservedHosts();
    hosts.record('host-a', snapshot(1, []), 5_000);
    hosts.record('host-a', snapshot(2, []), 4_000);
    expect(hosts.get('host-a')).toMatchObject({ seenAt: 5_000, sequence: { counter: 2 } });
  });
});
