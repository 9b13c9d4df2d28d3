import { watch, type FSWatcher } from 'chokidar';
import type { Log } from '@vigil/service';

/** A burst of changes (an editor's save, a push) is over after this long without another one… */
const QUIET_MS = 50;
/** …and is not waited for longer than this. */
const PATIENCE_MS = 500;

/**
 * Tells when something below the watched paths changes, once per burst. It only ever makes a source
 * faster: what it misses, the next poll finds.
 */
export class SourceWatch {
  private watcher: FSWatcher | undefined;
  private targets: readonly string[] = [];
  private quiet: NodeJS.Timeout | undefined;
  private burstSince: number | undefined;

  constructor(
    private readonly onChange: () => void,
    private readonly log: Log,
  ) {}

  /**
   * Watches these paths from now on; resolves when changes will be seen. True when they were not
   * watched before: what changed since the source was last read went unseen.
   */
  async follow(targets: readonly string[]): Promise<boolean> {
    if (sameTargets(this.targets, targets)) return false;
    await this.stop();
    this.targets = targets;
    const watcher = watch([...targets], {
      ignoreInitial: true,
      atomic: true,
      // a link to a directory is not read either
      followSymlinks: false,
      ignored: (path) => isIgnored(path, targets),
    });
    this.watcher = watcher;
    watcher.on('all', () => this.changed());
    watcher.on('error', (error) => {
      this.log.warn('cannot watch the source, polling only', { reason: String(error) });
    });
    await new Promise<void>((resolve) => {
      watcher.once('ready', resolve);
    });
    return true;
  }

  async stop(): Promise<void> {
    clearTimeout(this.quiet);
    this.burstSince = undefined;
    this.targets = [];
    await this.watcher?.close();
    this.watcher = undefined;
  }

  private changed(): void {
    const now = performance.now();
    this.burstSince ??= now;
    clearTimeout(this.quiet);
    const patience = Math.max(0, this.burstSince + PATIENCE_MS - now);
    this.quiet = setTimeout(
      () => {
        this.burstSince = undefined;
        this.onChange();
      },
      Math.min(QUIET_MS, patience),
    );
  }
}

function sameTargets(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((path, index) => path === right[index]);
}

/**
 * Dot files below a target are no manifests. Names with two dots are what mounted configuration is
 * swapped with, and git's lock files precede the change that counts.
 */
function isIgnored(path: string, targets: readonly string[]): boolean {
  const target = targets.find((candidate) => path.startsWith(`${candidate}/`));
  if (target === undefined) return false;
  const segments = path.slice(target.length + 1).split('/');
  const hidden = segments.some((segment) => segment.startsWith('.') && !segment.startsWith('..'));
  return hidden || path.endsWith('.lock');
}
