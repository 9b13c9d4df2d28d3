import { dirname } from 'node:path';
import { GitPluginError, simpleGit, type SimpleGit } from 'simple-git';
import { SOURCE_LIMITS } from '../manifest-source.js';
import { explainFailure } from './explain-failure.js';

/** What one kind of command may do, and for how long. */
export interface GitAccess {
  /** Protocols that git may use, as in `GIT_ALLOW_PROTOCOL`. */
  readonly protocols: string;
  /** How git proves who it is, beside the fixed environment; only variables of {@link ALLOWED}. */
  readonly env: Readonly<Record<string, string>>;
  /** `key=value`. */
  readonly config: readonly string[];
  /** It gives up after this long without output, milliseconds… */
  readonly silenceMs: number;
  /** …and altogether. */
  readonly deadlineMs: number;
}

/** Only plumbing that reads what is on this machine: no hook, filter, editor or connection. */
export const READING: GitAccess = {
  protocols: 'none',
  env: {},
  config: [],
  silenceMs: 10_000,
  deadlineMs: 60_000,
};

/** No configuration of a user or machine, no prompts, no fetching of what a partial clone lacks. */
const ISOLATION = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_NO_LAZY_FETCH: '1',
} as const;

/** What is large is not held in memory as a whole, and no core is taken from what must be fast. */
const MODESTY = ['core.bigFileThreshold=4m', 'pack.threads=1'];

/** Of text, the largest tree that is read has about 30; but a tree can be made to print without end. */
const MAX_TEXT_BYTES = 48 * 1024 ** 2;
/** All manifests of a source, and their frames. */
const MAX_OBJECT_BYTES = SOURCE_LIMITS.bytes + 8 * 1024 ** 2;

/** Set here or by whoever fetches; simple-git passes no others on. */
const ALLOWED = [
  ...Object.keys(ISOLATION),
  'GIT_ALLOW_PROTOCOL',
  'GIT_CEILING_DIRECTORIES',
  'GIT_SSH',
  'GIT_SSL_CAINFO',
];

/** Runs git on one repository. */
export class GitCommands {
  constructor(private readonly repository: string) {}

  /** The output of a command. @throws GitFailed */
  async text(
    args: readonly string[],
    signal: AbortSignal,
    access: GitAccess = READING,
  ): Promise<string> {
    return this.run(signal, access, undefined, (git) => git.raw([...args]));
  }

  /** The content of objects, as `git cat-file --batch` frames it. @throws GitFailed */
  async objects(ids: readonly string[], signal: AbortSignal): Promise<Buffer> {
    return this.run(signal, READING, `${ids.join('\n')}\n`, async (git) => {
      const output: unknown = await git.binaryCatFile(['--batch']);
      if (!Buffer.isBuffer(output)) throw new GitFailed('git cat-file gave no bytes');
      return output;
    });
  }

  private async run<Result>(
    signal: AbortSignal,
    access: GitAccess,
    input: string | undefined,
    command: (git: SimpleGit) => Promise<Result>,
  ): Promise<Result> {
    const maxBytes = input === undefined ? MAX_TEXT_BYTES : MAX_OBJECT_BYTES;
    const tooMuch = new AbortController();
    const stop = AbortSignal.any([signal, tooMuch.signal]);
    try {
      const client = this.client(stop, access, input);
      let bytes = 0;
      client.outputHandler((_binary, output) => {
        output.on('data', (part: Buffer) => {
          bytes += part.length;
          if (bytes > maxBytes) tooMuch.abort();
        });
      });
      return await command(client);
    } catch (error) {
      if (tooMuch.signal.aborted) {
        const limit = maxBytes / 1024 ** 2;
        throw new GitFailed(`git prints more than ${limit} MiB of it`, { cause: error });
      }
      throw new GitFailed(messageOf(error, access), { cause: error });
    }
  }

  private client(signal: AbortSignal, access: GitAccess, input: string | undefined): SimpleGit {
    const client = simpleGit({
      baseDir: this.repository,
      abort: AbortSignal.any([signal, AbortSignal.timeout(access.deadlineMs)]),
      timeout: { block: access.silenceMs },
      // a repository of another user is what a server's bare repository usually is
      config: ['safe.directory=*', ...MODESTY, ...access.config],
      allowEnvironment: ALLOWED,
      // what these guard against is set by constants alone, here and where access is prepared
      unsafe: {
        allowUnsafeConfigPaths: true,
        allowUnsafeSshCommand: true,
        allowUnsafeCredentialHelper: true,
        allowUnsafeTemplateDir: true,
      },
      ...(input === undefined ? {} : { input: () => input }),
    });
    return client.env({
      PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
      LC_ALL: 'C',
      ...ISOLATION,
      GIT_ALLOW_PROTOCOL: access.protocols,
      // a broken repository must not make git find another one around it
      GIT_CEILING_DIRECTORIES: dirname(this.repository),
      ...access.env,
    });
  }
}

/** A git command did not succeed. */
export class GitFailed extends Error {}

function messageOf(error: unknown, { silenceMs }: GitAccess): string {
  if (error instanceof GitPluginError && error.plugin === 'timeout') {
    return `git gave no answer within ${silenceMs / 1_000} s`;
  }
  if (error instanceof GitPluginError && error.plugin === 'abort') return 'git was stopped';
  return explainFailure(error instanceof Error ? error.message : String(error));
}
