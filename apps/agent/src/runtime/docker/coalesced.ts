interface Entry {
  readonly current: Promise<void>;
  next: Promise<void> | undefined;
}

/**
 * Runs a task per key, never twice at the same time. Whoever asks during a run waits for one more run,
 * together with everybody else who asks: a result is never older than the question.
 */
export class Coalesced {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly task: (key: string) => Promise<void>) {}

  run(key: string): Promise<void> {
    const entry = this.entries.get(key);
    if (entry === undefined) return this.begin(key);
    entry.next ??= entry.current.then(
      () => this.begin(key),
      () => this.begin(key),
    );
    return entry.next;
  }

  private begin(key: string): Promise<void> {
    const current = this.task(key);
    const entry: Entry = { current, next: undefined };
    this.entries.set(key, entry);
    const done = () => {
      if (this.entries.get(key) === entry && entry.next === undefined) this.entries.delete(key);
    };
    current.then(done, done);
    return current;
  }
}
