import type { EnvValue, Source } from '@vigil/manifests';
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { READING, type GitCommands } from '../git-commands.js';
import { valueOf, type Problem } from './value-of.js';

/** Whose signatures count. */
export type Signers = NonNullable<Source['spec']['signers']>;

/** `signer` is as their key names them. */
export type SignatureVerdict =
  | { readonly verdict: 'good'; readonly signer: string }
  | { readonly verdict: 'bad'; readonly why: string };

const run = promisify(execFile);
const IMPORT_TIMEOUT_MS = 10_000;

/** What `%G?` of `git log` says; the words go on after "found". */
const FINDINGS: Readonly<Record<string, string>> = {
  B: 'a signature that does not belong to it',
  U: 'a signature by a key that is not among the signers',
  X: 'a signature that has expired',
  Y: 'a signature by a key that has expired',
  R: 'a signature by a key that was revoked',
  E: 'a signature by a key that is not among the signers',
  N: 'no signature',
};

/**
 * Checks the signature of a commit with nothing but the keys that are given: neither the user's nor the
 * machine's count.
 * @param directory is made anew, and is to be removed afterwards
 * @throws GitFailed when the commit cannot be read
 */
export async function verifySignature(
  git: GitCommands,
  commit: string,
  { signers, directory }: { readonly signers: Signers; readonly directory: string },
  signal: AbortSignal,
): Promise<SignatureVerdict | Problem> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const allowedSigners = join(directory, 'allowed_signers');
  const ssh = await written(allowedSigners, signers.ssh);
  if (ssh !== undefined) return ssh;
  const gpg = await importKeys(directory, signers.gpg);
  if (gpg !== undefined) return gpg;
  const access = {
    ...READING,
    env: { GNUPGHOME: directory },
    config: [`gpg.ssh.allowedSignersFile=${allowedSigners}`],
  };
  const format = '--format=%G?%x00%GS';
  const said = await git.text(['log', '-1', format, commit, '--'], signal, access);
  const [letter = '', signer = ''] = said.trim().split('\0');
  if (letter === 'G') return { verdict: 'good', signer };
  return { verdict: 'bad', why: FINDINGS[letter] ?? 'a signature that cannot be checked' };
}

/** Absent: nobody may sign in this way. */
async function written(path: string, value: EnvValue | undefined): Promise<Problem | undefined> {
  const read = value === undefined ? { value: '' } : await valueOf(value);
  if ('problem' in read) return read;
  await writeFile(path, `${read.value}\n`, { mode: 0o600 });
  return undefined;
}

/** A keyring of these keys alone, each of which is trusted because it was given. */
async function importKeys(
  directory: string,
  value: EnvValue | undefined,
): Promise<Problem | undefined> {
  await writeFile(join(directory, 'gpg.conf'), 'trust-model always\nno-auto-key-retrieve\n');
  if (value === undefined) return undefined;
  const keys = join(directory, 'keys.asc');
  const unread = await written(keys, value);
  if (unread !== undefined) return unread;
  try {
    await run('gpg', ['--homedir', directory, '--batch', '--quiet', '--import', keys], {
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
      timeout: IMPORT_TIMEOUT_MS,
    });
    return undefined;
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return { problem: isMissing ? 'gpg is not installed' : 'signers.gpg has no public keys' };
  }
}
