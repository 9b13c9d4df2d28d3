import { statfsSync, type StatsFs } from 'node:fs';
import { statfs } from 'node:fs/promises';
import type { FilesystemReading } from '../readings.js';
import type { Mount } from './proc-mounts.js';

/** Filesystems of this host's own devices: they answer from memory, without anybody else. */
const LOCAL =
  /^(ext[234]|xfs|btrfs|zfs|f2fs|jfs|reiserfs|bcachefs|vfat|exfat|ntfs3?|overlay|rootfs)$/;

/** A server that answers at all does so long before. */
const PATIENCE_MS = 1_000;

type Sizes = Pick<StatsFs, 'blocks' | 'bfree' | 'bavail' | 'bsize'>;

/**
 * How full filesystems are. One whose server has gone may never answer, and each such question holds
 * a thread of the pool that the agent's own files need: filesystems that are not local are asked one
 * after another, and nothing more is asked while an answer is due. The others do not wait for them.
 */
export class Filesystems {
  private isAsking = false;

  constructor(
    private readonly ask: (mountpoint: string) => Promise<Sizes> = statfs,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  /** Those that answer, local ones first. */
  async read(mounts: readonly Mount[]): Promise<FilesystemReading[]> {
    const local = mounts.filter(({ fstype }) => LOCAL.test(fstype)).flatMap(readLocal);
    const others = mounts.filter(({ fstype }) => !LOCAL.test(fstype));
    if (others.length === 0 || this.isAsking) return local;
    const answers: FilesystemReading[] = [];
    await this.collect(others, answers);
    return [...local, ...answers];
  }

  /** Resolves when all have answered, or patience has ended; what comes later is not waited for. */
  private collect(mounts: readonly Mount[], answers: FilesystemReading[]): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.patienceMs);
      void this.askAll(mounts, answers).then(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  private async askAll(mounts: readonly Mount[], answers: FilesystemReading[]): Promise<void> {
    this.isAsking = true;
    for (const mount of mounts) {
      const sizes = await this.ask(mount.mountpoint).catch(() => undefined);
      if (sizes !== undefined) answers.push(...asReading(mount, sizes));
    }
    this.isAsking = false;
  }
}

function readLocal(mount: Mount): FilesystemReading[] {
  try {
    return asReading(mount, statfsSync(mount.mountpoint));
  } catch {
    // unmounted meanwhile, or not ours to look at
    return [];
  }
}

function asReading(mount: Mount, { blocks, bfree, bavail, bsize }: Sizes): FilesystemReading[] {
  if (blocks === 0) return [];
  const totalBytes = blocks * bsize;
  const usedBytes = (blocks - bfree) * bsize;
  return [{ ...mount, totalBytes, usedBytes, availableBytes: bavail * bsize }];
}
