import { RestoredMark } from '@vigil/contracts';

/** What {@link Wholeness} looks at of a change. */
interface Seen {
  readonly kind: 'put' | 'delete';
  readonly key: string;
  readonly value?: unknown;
}

/**
 * Whether a watch has seen everything that the owner of a bucket knows: everything was read, and the
 * owner's mark is there and means this very bucket.
 */
export class Wholeness {
  private isRead = false;
  private isMarked = false;
  private told = false;

  constructor(
    private readonly mark: string,
    private readonly onChange: (isWhole: boolean) => void,
  ) {
    onChange(false);
  }

  /** @param bucketCreatedAt of the bucket that the change was read from, Unix ms */
  take({ kind, key, value }: Seen, bucketCreatedAt: number | undefined): void {
    if (key !== this.mark) return;
    const mark = kind === 'put' ? RestoredMark.safeParse(value) : undefined;
    this.isMarked = mark?.success === true && mark.data.bucketCreatedAt === bucketCreatedAt;
    this.tell();
  }

  /** Everything that was there has been seen. */
  read(): void {
    this.isRead = true;
    this.tell();
  }

  /** The server lost the bucket. */
  lost(): void {
    this.isRead = false;
    this.isMarked = false;
    this.tell();
  }

  private tell(): void {
    const isWhole = this.isRead && this.isMarked;
    if (isWhole === this.told) return;
    this.told = isWhole;
    this.onChange(isWhole);
  }
}
