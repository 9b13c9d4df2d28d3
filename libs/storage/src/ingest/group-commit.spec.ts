import { VigilError } from '@vigil/service';
import { GroupCommit, QueueFull } from './group-commit.js';

class Refused extends VigilError {
  readonly code = 'test.refused';
  readonly disposition = 'reject';
}

/** A commit that ends when the test says so. */
function manual() {
  const groups: number[][] = [];
  const gates: (() => void)[] = [];
  const commit = async (items: readonly number[]) => {
    groups.push([...items]);
    await new Promise<void>((open) => gates.push(open));
    return items.map((item) => item * 10);
  };
  return { groups, commit, release: () => gates.shift()?.() };
}

const LIMITS = { groupWeight: 10, queueWeight: 20 };
const weigh = (item: number) => item;

describe('GroupCommit', () => {
  it('commits what arrived meanwhile as one group', async () => {
    const { groups, commit, release } = manual();
    const commits = new GroupCommit(commit, weigh, LIMITS);
    const results = Promise.all([commits.submit(1), commits.submit(2), commits.submit(3)]);
    expect(groups).toEqual([[1]]);
    release();
    await Promise.resolve();
    while (groups.length < 2) await new Promise(setImmediate);
    release();
    await expect(results).resolves.toEqual([10, 20, 30]);
    expect(groups).toEqual([[1], [2, 3]]);
  });

  it('splits by weight, and lets a heavy item travel alone', async () => {
    const groups: number[][] = [];
    const commits = new GroupCommit(
      (items: readonly number[]) => {
        groups.push([...items]);
        return Promise.resolve(items);
      },
      weigh,
      { groupWeight: 10, queueWeight: 1000 },
    );
    await Promise.all([1, 50, 6, 4, 1].map((item) => commits.submit(item)));
    expect(groups).toEqual([[1], [50], [6, 4], [1]]);
    expect(commits.waiting).toBe(0);
  });

  it('refuses what would wait too long', async () => {
    const { commit, release } = manual();
    const commits = new GroupCommit(commit, weigh, LIMITS);
    const first = commits.submit(5);
    const waiting = commits.submit(15);
    await expect(commits.submit(6)).rejects.toBeInstanceOf(QueueFull);
    release();
    await first;
    await new Promise(setImmediate);
    release();
    await expect(waiting).resolves.toBe(150);
  });

  it('fails all of a group when the store is away', async () => {
    const commits = new GroupCommit(() => Promise.reject(new Error('away')), weigh, LIMITS);
    const outcomes = await Promise.allSettled([1, 2, 3].map((item) => commits.submit(item)));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  });

  it('isolates the item that the store refuses', async () => {
    const commits = new GroupCommit(
      (items: readonly number[]) =>
        items.includes(3) ? Promise.reject(new Refused('three')) : Promise.resolve(items),
      weigh,
      LIMITS,
    );
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map((item) => commits.submit(item)));
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
  });
});
