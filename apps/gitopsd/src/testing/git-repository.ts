import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A real repository, worked on as a person does. */
export class GitRepository {
  private constructor(readonly path: string) {}

  static init(path: string, options: { readonly bare?: boolean } = {}): GitRepository {
    mkdirSync(path, { recursive: true });
    const repository = new GitRepository(path);
    repository.git('init', '--quiet', '--initial-branch=main', ...(options.bare ? ['--bare'] : []));
    return repository;
  }

  static clone(from: string, path: string): GitRepository {
    execFileSync('git', ['clone', '--quiet', from, path], { env: ENVIRONMENT, stdio: 'pipe' });
    return new GitRepository(path);
  }

  git(...args: string[]): string {
    return execFileSync('git', args, {
      cwd: this.path,
      env: ENVIRONMENT,
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  }

  write(files: Readonly<Record<string, string | undefined>>): void {
    for (const [name, text] of Object.entries(files)) {
      const path = join(this.path, name);
      if (text === undefined) rmSync(path);
      else {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text);
      }
    }
  }

  /** Writes the files (undefined: removes them), commits everything, and returns the commit's id. */
  commit(message: string, files: Readonly<Record<string, string | undefined>>): string {
    this.write(files);
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '--message', message);
    return this.git('rev-parse', 'HEAD');
  }
}

const ENVIRONMENT = {
  PATH: process.env['PATH'],
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
};
