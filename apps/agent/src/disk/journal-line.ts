import { crc32 } from 'node:zlib';

const CHECKSUM_LENGTH = 8;

/** One entry as it stands in the file: CRC-32 of the JSON text in hex, a space, the text. */
export function encodeLine(entry: unknown): string {
  const text = JSON.stringify(entry);
  return `${checksum(text)} ${text}\n`;
}

export interface DecodedLines {
  readonly entries: readonly unknown[];
  /** Bytes of the file up to the end of the last good line. */
  readonly goodBytes: number;
  /** Lines after the first damaged one, itself included; 1 is what a torn last write looks like. */
  readonly damagedLines: number;
}

/** Reads lines up to the first damaged one: what follows it may depend on what it said. */
export function decodeLines(content: string): DecodedLines {
  const entries: unknown[] = [];
  let goodBytes = 0;
  let start = 0;
  while (start < content.length) {
    const end = content.indexOf('\n', start);
    const entry = end === -1 ? undefined : decodeLine(content.slice(start, end));
    if (entry === undefined) break;
    entries.push(entry.value);
    goodBytes += Buffer.byteLength(content.slice(start, end + 1));
    start = end + 1;
  }
  const rest = content.slice(start).split('\n');
  return { entries, goodBytes, damagedLines: rest.filter((line) => line !== '').length };
}

function decodeLine(line: string): { value: unknown } | undefined {
  const text = line.slice(CHECKSUM_LENGTH + 1);
  if (line[CHECKSUM_LENGTH] !== ' ' || line.slice(0, CHECKSUM_LENGTH) !== checksum(text)) {
    return undefined;
  }
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(CHECKSUM_LENGTH, '0');
}
