import type { PullProgress } from '../engine/engine-answers.js';

const TELL_EVERY_MS = 1_000;
const MIB = 1024 ** 2;

/** Makes of the progress of single layers one line for people, from time to time. */
export class PullReport {
  private readonly layers = new Map<string, { current: number; total: number }>();
  private toldAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly image: string,
    private readonly tell: (line: string) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  take({ status, layer, current, total }: PullProgress): void {
    // sizes of what is unpacked are other ones
    if (status === 'Downloading' && total > 0) this.layers.set(layer, { current, total });
    const done = this.layers.get(layer);
    if (done !== undefined && status === 'Download complete') done.current = done.total;
    if (this.now() - this.toldAt < TELL_EVERY_MS) return;
    this.toldAt = this.now();
    this.tell(this.line());
  }

  private line(): string {
    let [current, total] = [0, 0];
    for (const layer of this.layers.values()) {
      current += layer.current;
      total += layer.total;
    }
    const size = total === 0 ? '' : `: ${mebibytes(current)} of ${mebibytes(total)} MiB`;
    return `pulling ${this.image}${size}`;
  }
}

function mebibytes(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}
