import { Coalesced } from './coalesced.js';

describe('Coalesced', () => {
  it('runs once more for everybody who asked during a run, and never twice at once', async () => {
    const runs: (() => void)[] = [];
    const coalesced = new Coalesced(() => new Promise((resolve) => runs.push(resolve)));
    const settled: string[] = [];
    const ask = (name: string) => void coalesced.run('a').then(() => settled.push(name));
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    ask('first');
    ask('second');
    ask('third');
    expect(runs).toHaveLength(1);
    runs[0]?.();
    await turn();
    expect(settled).toEqual(['first']);
    expect(runs).toHaveLength(2);
    runs[1]?.();
    await turn();
    expect(settled).toEqual(['first', 'second', 'third']);
    ask('fourth');
    expect(runs).toHaveLength(3);
  });

  it('goes on after a failure', async () => {
    let fails = true;
    const coalesced = new Coalesced(() =>
      fails ? Promise.reject(new Error('no')) : Promise.resolve(),
    );
    const first = coalesced.run('a');
    const second = coalesced.run('a');
    await expect(first).rejects.toThrow('no');
    await expect(second).rejects.toThrow('no');
    fails = false;
    await expect(coalesced.run('a')).resolves.toBeUndefined();
  });
});
