/** What stands in an archive: a directory, a file, or a symbolic link. */
export interface TarEntry {
  /** Relative to the root of the archive. */
  readonly path: string;
  /** A file has content, a link a target, a directory neither. */
  readonly content?: Buffer | string;
  readonly linkTo?: string;
  /** Default 0755. */
  readonly mode?: number;
}

const BLOCK = 512;
const TYPE = { file: '0', link: '2', directory: '5' } as const;

/** An archive in the ustar format; the same entries make the same bytes. */
export function tarOf(entries: readonly TarEntry[]): Buffer {
  const end = Buffer.alloc(2 * BLOCK);
  return Buffer.concat([...entries.flatMap(blocksOf), end]);
}

function blocksOf(entry: TarEntry): Buffer[] {
  const content = Buffer.from(entry.content ?? '');
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  return [headerOf(entry, content.length), content, padding];
}

function headerOf(entry: TarEntry, size: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(entry.path, 0, 100);
  writeOctal(header, 100, 8, entry.mode ?? 0o755);
  writeOctal(header, 108, 8, 0);
  writeOctal(header, 116, 8, 0);
  writeOctal(header, 124, 12, size);
  writeOctal(header, 136, 12, 0);
  header.write(typeOf(entry), 156, 1);
  header.write(entry.linkTo ?? '', 157, 100);
  header.write('ustar\0' + '00', 257, 8);
  // the checksum counts its own field as spaces
  header.fill(' ', 148, 156);
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148, 8);
  return header;
}

function typeOf({ content, linkTo }: TarEntry): string {
  if (linkTo !== undefined) return TYPE.link;
  return content === undefined ? TYPE.directory : TYPE.file;
}

function writeOctal(header: Buffer, offset: number, length: number, value: number): void {
  header.write(value.toString(8).padStart(length - 1, '0'), offset, length - 1);
}
