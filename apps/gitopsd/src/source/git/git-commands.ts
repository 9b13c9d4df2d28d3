import { dirname } from 'node:path';
import { GitPluginError, simpleGit, type SimpleGit } from 'simple-git';

/** git gives up after this long without output, and altogether. */
const SILENCE_MS = 10_000;
const DEADLINE_MS = 60_000;

/** No configuration of a user or machine, no prompts, no fetching of what a partial clone lacks. */
const ISOLATION = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_NO_LAZY_FETCH: '1',
  // older versions of git do not know the line above
  GIT_ALLOW_PROTOCOL: 'none',
} as const;

/** Runs git on one repository: only plumbing that reads, so that no hook, filter or editor runs. */
export class GitCommands {
  constructor(private readonly repository: string) {}

  /** The output of a command. @throws GitFailed */
  async text(args: readonly string[], signal: AbortSignal): Promise<string> {
    return this.run(signal, undefined, (git) => git.raw([...args]));
  }

  /** The content of objects, as `git cat-file --batch` frames it. @throws GitFailed */
  async objects(ids: readonly string[], signal: AbortSignal): Promise<Buffer> {
    return this.run(signal, `${ids.join('\n')}\n`, async (git) => {
      const output: unknown = await git.binaryCatFile(['--batch']);
      if (!Buffer.isBuffer(output)) throw new GitFailed('git cat-file gave no bytes');
      return output;
    });
  }

  private async run<Result>(
    signal: AbortSignal,
    input: string | undefined,
    command: (git: SimpleGit) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await command(this.client(signal, input));
    } catch (error) {
      throw new GitFailed(messageOf(error), { cause: error });
    }
  }

  private client(signal: AbortSignal, input: string | undefined): SimpleGit {
    const client = simpleGit({
      baseDir: this.repository,
      abort: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]),
      timeout: { block: SILENCE_MS },
      // a repository of another user is what a server's bare repository usually is
      config: ['safe.directory=*'],
      allowEnvironment: [...Object.keys(ISOLATION), 'GIT_CEILING_DIRECTORIES'],
      // the path that is allowed is the constant above
      unsafe: { allowUnsafeConfigPaths: true },
      ...(input === undefined ? {} : { input: () => input }),
    });
    return client.env({
      PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
      LC_ALL: 'C',
      ...ISOLATION,
      // a broken repository must not make git find another one around it
      GIT_CEILING_DIRECTORIES: dirname(this.repository),
    });
  }
}

/** A git command did not succeed. */
export class GitFailed extends Error {}

function messageOf(error: unknown): string {
  if (error instanceof GitPluginError && error.plugin === 'timeout') {
    return `git gave no answer within ${SILENCE_MS / 1_000} s`;
  }
  if (error instanceof GitPluginError && error.plugin === 'abort') return 'git was stopped';
  const text = error instanceof Error ? error.message : String(error);
  const [line = ''] = text.trim().split('\n');
  return line.replace(/^(?:fatal|error): /, '').slice(0, 500);
}
