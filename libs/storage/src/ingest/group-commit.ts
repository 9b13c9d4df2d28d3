import { dispositionOf, VigilError } from '@vigil/service';

/** More is waiting to be committed than may wait; the caller comes back later. */
export class QueueFull extends VigilError {
  readonly code = 'storage.queue_full';
  readonly disposition = 'retry';
}

export interface GroupCommitLimits {
  /** Weight of one group at most; a heavier item travels alone. */
  readonly groupWeight: number;
  /** Weight that may wait; beyond it {@link QueueFull}. */
  readonly queueWeight: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly weight: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes one commit of what arrives while the one before is under way: under load many requests share
 * the cost of a flush to disk, and a single one waits for nobody. Groups are committed one after
 * another, in order of arrival.
 */
export class GroupCommit<Item, Result> {
  private readonly queue: Waiting<Item, Result>[] = [];
  private queuedWeight = 0;
  private running = false;

  constructor(
    private readonly commit: (items: readonly Item[]) => Promise<readonly Result[]>,
    private readonly weigh: (item: Item) => number,
    private readonly limits: GroupCommitLimits,
  ) {}

  /** Weight that waits, for metrics. */
  get waiting(): number {
    return this.queuedWeight;
  }

  /** Resolves when the item is committed. @throws QueueFull, or what the commit threw */
  submit(item: Item): Promise<Result> {
    const weight = Math.max(1, this.weigh(item));
    if (this.queue.length > 0 && this.queuedWeight + weight > this.limits.queueWeight) {
      return Promise.reject(new QueueFull('too much is waiting to be stored'));
    }
    return new Promise((resolve, reject) => {
      this.queue.push({ item, weight, resolve, reject });
      this.queuedWeight += weight;
      if (!this.running) void this.drain();
    });
  }

  private async drain(): Promise<void> {
    this.running = true;
    while (this.queue.length > 0) await this.settle(this.takeGroup());
    this.running = false;
  }

  private takeGroup(): Waiting<Item, Result>[] {
    let weight = 0;
    let count = 0;
    for (const waiting of this.queue) {
      if (count > 0 && weight + waiting.weight > this.limits.groupWeight) break;
      weight += waiting.weight;
      count += 1;
    }
    this.queuedWeight -= weight;
    return this.queue.splice(0, count);
  }

  private async settle(group: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.commit(group.map(({ item }) => item));
      group.forEach((waiting, index) => {
        const result = results[index];
        if (result === undefined) throw new TypeError('a commit answers for each of its items');
        waiting.resolve(result);
      });
    } catch (error) {
      if (group.length > 1 && dispositionOf(error) === 'reject') {
        // one of them is refused: alone, the others succeed
        for (const waiting of group) await this.settle([waiting]);
        return;
      }
      for (const waiting of group) waiting.reject(error);
    }
  }
}
