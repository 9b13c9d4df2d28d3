import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  truncateSync,
} from 'node:fs';

/** Size at which a log is put aside, and how many of those are kept: at most 40 MiB per process. */
const MAX_BYTES = 10 * 1024 ** 2;
const KEPT = 3;
/** New text that is looked at in one go; of more than that, only the end. */
const READ_BYTES = 256 * 1024;

/**
 * The log of one process. The process writes to the file itself, so that it goes on when the launcher
 * is gone; the launcher reads along and keeps it from growing without end.
 */
export class LogFile {
  private offset: number;
  private partial = '';

  constructor(
    readonly path: string,
    private readonly maxBytes = MAX_BYTES,
  ) {
    const descriptor = this.openForAppend();
    this.offset = fstatSync(descriptor).size;
    closeSync(descriptor);
  }

  /** For the output of a child: the file is truncated under it, so it has to append. */
  openForAppend(): number {
    return openSync(this.path, 'a', 0o600);
  }

  /** The complete lines that were added since the last call. */
  newLines(): string[] {
    const descriptor = this.openForReading();
    if (descriptor === undefined) return [];
    try {
      const { size } = fstatSync(descriptor);
      if (size < this.offset) this.offset = 0;
      if (size - this.offset > READ_BYTES) this.offset = size - READ_BYTES;
      const buffer = Buffer.alloc(size - this.offset);
      const bytes = readSync(descriptor, buffer, 0, buffer.length, this.offset);
      this.offset += bytes;
      const lines = (this.partial + buffer.toString('utf8', 0, bytes)).split('\n');
      this.partial = (lines.pop() ?? '').slice(-READ_BYTES);
      if (size > this.maxBytes) this.putAside();
      return lines.filter((line) => line !== '');
    } finally {
      closeSync(descriptor);
    }
  }

  /** The end of the log, for a report about its process. */
  lastLines(count: number): string[] {
    const descriptor = this.openForReading();
    if (descriptor === undefined) return [];
    try {
      const { size } = fstatSync(descriptor);
      const buffer = Buffer.alloc(Math.min(size, READ_BYTES));
      readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
      return buffer
        .toString('utf8')
        .split('\n')
        .filter((line) => line !== '')
        .slice(-count);
    } finally {
      closeSync(descriptor);
    }
  }

  /** Undefined when somebody has removed the file: it comes back with the next start of the process. */
  private openForReading(): number | undefined {
    try {
      return openSync(this.path, 'r');
    } catch {
      return undefined;
    }
  }

  private putAside(): void {
    for (let number = KEPT - 1; number >= 1; number -= 1) {
      if (existsSync(`${this.path}.${number}`)) {
        renameSync(`${this.path}.${number}`, `${this.path}.${number + 1}`);
      }
    }
    // The child has the file open: copying and truncating keeps it writing to this name. What it
    // writes in between is lost, at most a few lines in ten megabytes.
    copyFileSync(this.path, `${this.path}.1`);
    truncateSync(this.path, 0);
    this.offset = 0;
  }
}
