import { isatty } from 'node:tty';
import pc from 'picocolors';

/** Where lines go; a terminal can also be drawn upon. */
export interface Screen {
  readonly interactive: boolean;
  write(text: string): void;
}

/** A step that takes longer than this is announced also where nothing can be redrawn, milliseconds. */
const ANNOUNCE_AFTER_MS = 2_000;
const REDRAW_MS = 120;
const LABEL_WIDTH = 46;
const CLEAR_LINE = '\r\u001B[K';

/** Shows what is going on: a line for each finished step with how long it took. */
export class Progress {
  private readonly pending = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private drawn = false;
  private readonly colours: ReturnType<typeof pc.createColors>;

  constructor(private readonly screen: Screen) {
    // picocolors alone also colours where CI is set and nobody looks
    this.colours = pc.createColors(screen.interactive && pc.isColorSupported);
  }

  /**
   * Runs `work` as a step named `label`; `describe` says what came of it.
   * @throws what `work` throws, after the line that says that it failed
   */
  async step<T>(
    label: string,
    work: () => Promise<T>,
    describe: (result: T) => string = () => label,
  ): Promise<T> {
    const startedAt = performance.now();
    this.begin(label, startedAt);
    try {
      const result = await work();
      this.finish(label, this.colours.green('✓'), describe(result), startedAt);
      return result;
    } catch (error) {
      this.finish(label, this.colours.red('✗'), label, startedAt);
      throw error;
    }
  }

  /** Prints what matters most. */
  headline(text: string): void {
    this.line(this.colours.bold(text));
  }

  /** Prints a line of its own, above whatever is being drawn. */
  line(text = ''): void {
    this.clear();
    this.screen.write(`${text}\n`);
    this.draw();
  }

  private begin(label: string, startedAt: number): void {
    this.pending.set(label, startedAt);
    if (this.screen.interactive) {
      this.timer ??= setInterval(() => {
        this.draw();
      }, REDRAW_MS);
      this.draw();
      return;
    }
    const announce = setTimeout(() => {
      if (this.pending.get(label) === startedAt) this.screen.write(`  … ${label}\n`);
    }, ANNOUNCE_AFTER_MS);
    announce.unref();
  }

  private finish(label: string, mark: string, text: string, startedAt: number): void {
    this.pending.delete(label);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    this.line(
      `  ${mark} ${text.padEnd(LABEL_WIDTH)} ${this.colours.dim(`${seconds.padStart(5)} s`)}`,
    );
    if (this.pending.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private draw(): void {
    if (!this.screen.interactive || this.pending.size === 0) return;
    const since = Math.min(...this.pending.values());
    const seconds = Math.floor((performance.now() - since) / 1000);
    const labels = [...this.pending.keys()].join(', ');
    this.drawn = true;
    this.screen.write(`${CLEAR_LINE}  … ${labels}${seconds > 0 ? ` (${seconds} s)` : ''}`);
  }

  private clear(): void {
    if (this.drawn) this.screen.write(CLEAR_LINE);
    this.drawn = false;
  }
}

/** The standard output. A reader that goes away must not end the launcher. */
export function standardOutput(): Screen {
  process.stdout.on('error', () => undefined);
  return {
    interactive: isatty(process.stdout.fd) && process.env['CI'] === undefined,
    write: (text) => {
      process.stdout.write(text);
    },
  };
}
