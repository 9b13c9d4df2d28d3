import { pause, VigilError } from '@vigil/service';

/** The copy of a bucket's values in a database, which outlives the bucket. */
export interface LastingCopy<Value> {
  /** Everything that is recorded, by key. */
  load(): Promise<ReadonlyMap<string, Value>>;
  /** Records values. A value that is recorded already and is not older stays. */
  save(values: ReadonlyMap<string, Value>): Promise<void>;
  /** Calls back whenever the database has come back, at once when it is there. Returns how to stop that. */
  onUp(listener: () => void): () => void;
}

/** Neither the bucket nor the database took a write. */
export class WriteRefused extends VigilError {
  readonly code = 'kv.write_refused';
  readonly disposition = 'retry';
}

/** How long whoever writes waits for the database. */
const SAVE_PATIENCE_MS = 2_000;

/** Saves one value. @throws WriteRefused when that takes too long; it may still be saved later */
export async function saveInTime<Value>(
  copy: LastingCopy<Value>,
  key: string,
  value: Value,
): Promise<void> {
  const over = new AbortController();
  const late = pause(SAVE_PATIENCE_MS, over.signal).then((isLate) => {
    if (isLate) throw new WriteRefused('the database has not answered in time');
  });
  const saving = copy.save(new Map([[key, value]]));
  try {
    await Promise.race([saving, late]);
  } finally {
    over.abort();
    // whichever comes later has nobody who waits for it
    saving.catch(() => undefined);
    late.catch(() => undefined);
  }
}
