import { open, readFile, truncate, type FileHandle } from 'node:fs/promises';
import { errorCode, isMissing, writeDurably } from './durable-file.js';
import { decodeLines, encodeLine } from './journal-line.js';

/** What was found in the file when it was opened. */
export interface JournalContent {
  readonly entries: readonly unknown[];
  /** Where a damaged journal was kept for people to look at; absent when it was whole. */
  readonly damagedCopy?: string;
}

/** The disk refused a write: nothing that was to be remembered is certain to be. */
export class JournalNotWritable extends Error {
  constructor(cause: unknown) {
    const code = errorCode(cause);
    const why = code === undefined ? '' : ` (${code})`;
    super(`the journal cannot be written${why}`, { cause });
    this.name = 'JournalNotWritable';
  }
}

interface Settle {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * An append-only file of JSON entries. Entries that wait at the same time share one write and one
 * fdatasync. After a failed write nothing more is appended, because what stands at the end of the
 * file is then unknown: `rewrite` begins anew.
 */
export class Journal {
  private waiting: (Settle & { readonly text: string })[] = [];
  private rewriting:
    { readonly entries: () => readonly unknown[]; readonly settled: Settle[] } | undefined;
  private working: Promise<void> | undefined;
  private failure: Error | undefined;

  private constructor(
    private readonly path: string,
    private file: FileHandle,
    private size: number,
  ) {}

  static async open(path: string): Promise<{ journal: Journal; content: JournalContent }> {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (isMissing(error)) return '';
      throw error;
    });
    const { entries, goodBytes, damagedLines } = decodeLines(text);
    // one bad line at the end is a write that a crash cut off, and nobody was told that it was done
    const damagedCopy = damagedLines > 1 ? `${path}.damaged` : undefined;
    if (damagedCopy !== undefined) await writeDurably(damagedCopy, text);
    if (damagedLines > 0) await truncate(path, goodBytes);
    const journal = new Journal(path, await open(path, 'a', 0o600), goodBytes);
    return {
      journal,
      content: { entries, ...(damagedCopy === undefined ? {} : { damagedCopy }) },
    };
  }

  /** Bytes in the file. */
  get bytes(): number {
    return this.size;
  }

  /** True after a failed write, until `rewrite` has succeeded. */
  get broken(): boolean {
    return this.failure !== undefined;
  }

  /** Resolves when the entry, and with it every earlier one, survives a loss of power. */
  append(entry: unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ text: encodeLine(entry), resolve, reject });
      this.working ??= this.work();
    });
  }

  /**
   * Replaces everything at once, as seen after a crash. `entries` is asked at the moment of writing
   * and has to cover every entry that was appended before.
   */
  rewrite(entries: () => readonly unknown[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const settled = [...(this.rewriting?.settled ?? []), { resolve, reject }];
      this.rewriting = { entries, settled };
      this.working ??= this.work();
    });
  }

  async close(): Promise<void> {
    await this.working;
    await this.file.close();
  }

  private async work(): Promise<void> {
    // one turn later, so that entries of the same moment share the write
    await Promise.resolve();
    while (this.waiting.length > 0 || this.rewriting !== undefined) {
      const rewriting = this.rewriting;
      this.rewriting = undefined;
      const batch = this.waiting;
      this.waiting = [];
      const settled = [...batch, ...(rewriting?.settled ?? [])];
      try {
        if (rewriting === undefined) await this.write(batch.map((entry) => entry.text).join(''));
        else await this.replace(rewriting.entries().map(encodeLine).join(''));
        for (const entry of settled) entry.resolve();
      } catch (error) {
        this.failure = error instanceof JournalNotWritable ? error : new JournalNotWritable(error);
        for (const entry of settled) entry.reject(this.failure);
      }
    }
    this.working = undefined;
  }

  private async write(text: string): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    await this.file.appendFile(text);
    await this.file.datasync();
    this.size += Buffer.byteLength(text);
  }

  private async replace(text: string): Promise<void> {
    await writeDurably(this.path, text);
    const previous = this.file;
    this.file = await open(this.path, 'a', 0o600);
    await previous.close();
    this.size = Buffer.byteLength(text);
    this.failure = undefined;
  }
}
