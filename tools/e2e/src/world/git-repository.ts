import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A bare repository, and a clone of it that commits and pushes, without the user's configuration. */
export class GitRepository {
  private constructor(
    readonly bare: string,
    private readonly clone: string,
  ) {}

  static create(directory: string): GitRepository {
    const repository = new GitRepository(join(directory, 'fleet.git'), join(directory, 'clone'));
    mkdirSync(repository.bare);
    git(repository.bare, 'init', '--quiet', '--bare', '--initial-branch=main');
    git(directory, 'clone', '--quiet', repository.bare, 'clone');
    git(repository.clone, 'checkout', '--quiet', '-b', 'main');
    return repository;
  }

  /** Writes files, commits and pushes them; returns the commit's id. */
  commit(files: Readonly<Record<string, string>>, message: string): string {
    for (const [path, text] of Object.entries(files)) {
      writeFileSync(join(this.clone, path), text);
    }
    git(this.clone, 'add', '--all');
    git(this.clone, 'commit', '--quiet', '--message', message);
    git(this.clone, 'push', '--quiet', 'origin', 'main');
    return git(this.clone, 'rev-parse', 'HEAD');
  }
}

function git(directory: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd: directory,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      PATH: process.env['PATH'] ?? '',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_SYSTEM: '/dev/null',
      GIT_AUTHOR_NAME: 'Ada',
      GIT_AUTHOR_EMAIL: 'ada@example.org',
      GIT_COMMITTER_NAME: 'Ada',
      GIT_COMMITTER_EMAIL: 'ada@example.org',
    },
  }).trim();
}
