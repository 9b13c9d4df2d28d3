import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Larger files are not read. */
export const MAX_SECRET_BYTES = 64 * 1024;

/** The content of the file without its line end. The value never appears in a message. */
export async function readSecret(
  path: string,
): Promise<{ readonly value: string } | { readonly problem: string }> {
  try {
    // a pipe would be waited for, for ever, by a thread that other files need
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!(await file.stat()).isFile()) return { problem: `the secret ${path} is not a file` };
      const buffer = Buffer.alloc(MAX_SECRET_BYTES + 1);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
      if (bytesRead > MAX_SECRET_BYTES) return { problem: `the secret file ${path} is too large` };
      return { value: buffer.toString('utf8', 0, bytesRead).replace(/\r?\n$/, '') };
    } finally {
      await file.close();
    }
  } catch (error) {
    return {
      problem: `the secret file ${path} cannot be read (${codeOf(error)})`,
    };
  }
}

function codeOf(error: unknown): string {
  const hasCode = typeof error === 'object' && error !== null && 'code' in error;
  return hasCode && typeof error.code === 'string' ? error.code : 'unknown reason';
}
