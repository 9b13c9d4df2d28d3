import { setImmediate } from 'node:timers/promises';
import { Slots } from './slots.js';

describe('slots', () => {
  it('let so many tasks run, and the others after them in order', async () => {
    const slots = new Slots(2);
    const running = new Map<number, () => void>();
    const begun: number[] = [];
    const tasks = [0, 1, 2, 3].map((task) =>
      slots.use(
        () =>
          new Promise<void>((resolve) => {
            begun.push(task);
            running.set(task, resolve);
          }),
      ),
    );
    expect(begun).toEqual([0, 1]);
    running.get(1)?.();
    await tasks[1];
    await setImmediate();
    expect(begun).toEqual([0, 1, 2]);
    running.get(0)?.();
    running.get(2)?.();
    await setImmediate();
    running.get(3)?.();
    await Promise.all(tasks);
    expect(begun).toEqual([0, 1, 2, 3]);
  });

  it('are free again after a task that failed', async () => {
    const slots = new Slots(1);
    await expect(slots.use(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await slots.use(() => Promise.resolve('yes'))).toBe('yes');
  });
});
