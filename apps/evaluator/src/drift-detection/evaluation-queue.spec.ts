import type { ResourceId } from '@vigil/manifests';
import { SilentLog, SystemClock } from '@vigil/service';
import { eventually } from '@vigil/testkit';
import { id } from '../testing/fixtures.js';
import { EvaluationQueue, type EvaluateOne } from './evaluation-queue.js';

const a = id('default/a');
const b = id('default/b');

/** An evaluation that ends when the test says so. */
class Evaluations {
  readonly begun: ResourceId[] = [];
  private readonly ends: { resource: ResourceId; end: () => void }[] = [];

  readonly evaluate: EvaluateOne = (resource) => {
    this.begun.push(resource);
    return new Promise((resolve) => {
      this.ends.push({
        resource,
        end: () => {
          resolve(undefined);
        },
      });
    });
  };

  end(resource: ResourceId): void {
    const at = this.ends.findIndex((each) => each.resource === resource);
    this.ends.splice(at, 1)[0]?.end();
  }
}

const queueOf = (evaluate: EvaluateOne) =>
  new EvaluationQueue(evaluate, new SystemClock(), new SilentLog());

describe('the evaluation queue', () => {
  it('collects until it is opened', async () => {
    const evaluations = new Evaluations();
    const queue = queueOf(evaluations.evaluate);
    queue.touch(a);
    queue.touch(a);
    expect(evaluations.begun).toEqual([]);
    queue.open();
    expect(evaluations.begun).toEqual([a]);
    evaluations.end(a);
    await queue.close();
  });

  it('begins at once, one at a time per resource, and once more after a touch meanwhile', async () => {
    const evaluations = new Evaluations();
    const queue = queueOf(evaluations.evaluate);
    queue.open();
    queue.touch(a);
    queue.touch(b);
    queue.touch(a);
    queue.touch(a);
    expect(evaluations.begun).toEqual([a, b]);
    evaluations.end(a);
    await eventually(() => evaluations.begun.length === 3);
    expect(evaluations.begun[2]).toBe(a);
    evaluations.end(a);
    evaluations.end(b);
    await queue.close();
    expect(evaluations.begun).toHaveLength(3);
  });

  it('evaluates everything of a pass, and what is urgent before it', async () => {
    const seen: ResourceId[] = [];
    const queue = queueOf((resource) => {
      seen.push(resource);
      return Promise.resolve(undefined);
    });
    queue.open();
    const many = Array.from({ length: 500 }, (_, index) => id(`default/r${index}`));
    queue.pass(many);
    queue.touch(a);
    expect(seen).toEqual([a]);
    await eventually(() => queue.waiting === 0);
    expect(new Set(seen).size).toBe(501);
    await queue.close();
  });

  it('tries again what failed, and tells who waited for it', async () => {
    let attempts = 0;
    const queue = queueOf(() => {
      attempts += 1;
      return attempts === 1
        ? Promise.reject(new Error('NATS is away'))
        : Promise.resolve(undefined);
    });
    queue.open();
    await expect(queue.evaluateNow(a)).rejects.toThrow('NATS is away');
    await eventually(() => attempts === 2);
    await queue.evaluateNow(a);
    expect(attempts).toBe(3);
    await queue.close();
  });

  it('looks again when the time has come', async () => {
    let count = 0;
    const queue = queueOf(() => {
      count += 1;
      return Promise.resolve(count === 1 ? Date.now() + 30 : undefined);
    });
    queue.open();
    queue.touch(a);
    await eventually(() => count === 2);
    await queue.close();
  });

  it('pauses, and waits for what is under way when it closes', async () => {
    const evaluations = new Evaluations();
    const queue = queueOf(evaluations.evaluate);
    queue.open();
    queue.touch(a);
    queue.pause();
    queue.touch(b);
    expect(evaluations.begun).toEqual([a]);
    let isClosed = false;
    const closing = queue.close().then(() => {
      isClosed = true;
    });
    await Promise.resolve();
    expect(isClosed).toBe(false);
    evaluations.end(a);
    await closing;
    expect(evaluations.begun).toEqual([a]);
  });
});
