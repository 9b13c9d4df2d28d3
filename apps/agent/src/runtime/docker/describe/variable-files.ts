import { createHash } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, writeDurably } from '../../../disk/durable-file.js';
import { MAX_SECRET_BYTES, readSecret } from '@vigil/config';
import type { KeyedDigestOf } from '../keyed-digest.js';

/** File systems take names of 255 bytes; what a file is called while it is written is longer. */
const MAX_NAME_BYTES = 200;

export type KeptValue = { readonly file: string } | { readonly problem: string };

export interface VariableFilesParts {
  /** Holds a directory for each container. */
  readonly directory: string;
  /** True for a file that a replica of this host gets a value from. */
  readonly isInUse: (file: string) => boolean;
  readonly digest: KeyedDigestOf;
}

/**
 * Values of variables of containers that Vigil does not manage, in files of this host that a manifest
 * may refer to: only the agent's user can read them. None is ever removed, because nothing here knows
 * which manifests there are.
 */
export class VariableFiles {
  constructor(private readonly parts: VariableFilesParts) {}

  /**
   * The file from which the value is read back byte for byte. One that holds it already is left as it
   * is; one that a replica gets another value from is not overwritten.
   */
  async keep(container: string, name: string, value: string): Promise<KeptValue> {
    const content = contentFor(value);
    const bytes = Buffer.byteLength(content);
    if (bytes > MAX_SECRET_BYTES) return { problem: `longer than ${MAX_SECRET_BYTES / 1024} KiB` };
    // the engine's answer is JSON: what is not UTF-8 was replaced by this character
    if (/[\0\uFFFD]/.test(value)) return { problem: 'not text' };
    try {
      return await this.write(container, name, { value, content });
    } catch (error) {
      return { problem: `not written: ${errorCode(error) ?? 'unknown reason'}` };
    }
  }

  private async write(
    container: string,
    name: string,
    { value, content }: { readonly value: string; readonly content: string },
  ): Promise<KeptValue> {
    const directory = join(this.parts.directory, fileName(container));
    await mkdir(directory, { recursive: true, mode: 0o700 });
    for (const each of [this.parts.directory, directory]) await chmod(each, 0o700);
    const usual = join(directory, fileName(name));
    const file =
      (await holds(usual, value)) || !this.parts.isInUse(usual)
        ? usual
        : `${usual}~${this.parts.digest(value)}`;
    if (!(await holds(file, value))) await writeDurably(file, content);
    // two names may be one to the file system
    return (await holds(file, value)) ? { file } : { problem: 'not read back as it was written' };
  }
}

/** A file is read without the line end at its end. */
function contentFor(value: string): string {
  return value.endsWith('\n') ? `${value}\n` : value;
}

async function holds(file: string, value: string): Promise<boolean> {
  const read = await readSecret(file);
  return 'value' in read && read.value === value;
}

/**
 * Any name as that of a file: letters, digits, `_` and `-` stand for themselves, other bytes are
 * `%` and two hex digits. What would be too long ends with its SHA-256 instead.
 */
function fileName(name: string): string {
  const encoded = [...Buffer.from(name, 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9_-]/.test(character)
        ? character
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
  if (encoded.length <= MAX_NAME_BYTES) return encoded === '' ? '%' : encoded;
  const hash = createHash('sha256').update(name).digest('hex');
  return `${encoded.slice(0, MAX_NAME_BYTES - hash.length - 1)}~${hash}`;
}
