import { startGitDaemon, temporaryDirectory, type GitServer } from '@vigil/testkit';
import { parseRepositoryUrl } from '@vigil/manifests';
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GitRepository } from '../testing/git-repository.js';
import { serviceManifest } from '../testing/manifests.js';
import type { SourceSnapshot, SourceUnavailable } from './manifest-source.js';
import { RemoteSource } from './remote-source.js';

const NEVER = new AbortController().signal;
const MEBIBYTE = 1024 ** 2;

/** What a repository can be made of by hand, past everything that git itself would refuse to add. */
class Forge {
  constructor(readonly work: GitRepository) {}

  blob(content: string | Buffer): string {
    return this.object('blob', content);
  }

  /** @param entries as `git mktree` reads them: `mode type id\tname` */
  tree(...entries: readonly string[]): string {
    const bytes = Buffer.concat(
      entries.map((entry) => {
        const [meta = '', name = ''] = entry.split('\t');
        const [mode = '', , id = ''] = meta.split(' ');
        return Buffer.concat([
          Buffer.from(`${mode.replace(/^0/, '')} ${name}\0`),
          Buffer.from(id, 'hex'),
        ]);
      }),
    );
    return this.object('tree', bytes);
  }

  /** Makes the tree the head of `main` on the server. */
  push(tree: string, message = 'Change'): void {
    const file = join(temporaryDirectory('message'), 'message');
    writeFileSync(file, message);
    const commit = this.work.git('commit-tree', tree, '-F', file);
    this.work.git('push', '--quiet', '--force', 'origin', `${commit}:refs/heads/main`);
  }

  private object(type: string, content: string | Buffer): string {
    return execFileSync('git', ['hash-object', '-t', type, '-w', '--stdin', '--literally'], {
      cwd: this.work.path,
      input: content,
      encoding: 'utf8',
      maxBuffer: 1024,
    }).trim();
  }
}

describe('a hostile repository', () => {
  const root = temporaryDirectory('repositories');
  let server: GitServer;
  let forge: Forge;
  let count = 0;
  let name: string;

  const read = (maxBytes?: number): Promise<SourceSnapshot | SourceUnavailable> => {
    const url = parseRepositoryUrl(server.urlOf(name));
    if (url === undefined) throw new Error('no URL');
    const directory = temporaryDirectory('source');
    const ref = { branch: 'main' };
    const limit = maxBytes === undefined ? {} : { maxBytes };
    const source = new RemoteSource('team', {
      url,
      ref,
      scope: {},
      credentials: {},
      directory,
      ...limit,
    });
    return source.read(NEVER);
  };

  beforeAll(async () => {
    server = await startGitDaemon(root);
  });
  afterAll(async () => {
    await server.stop();
  });
  beforeEach(() => {
    count += 1;
    name = `hostile-${String(count)}.git`;
    GitRepository.init(join(root, name), { bare: true });
    const work = GitRepository.init(temporaryDirectory('work'));
    work.git('remote', 'add', 'origin', join(root, name));
    forge = new Forge(work);
  });

  it('whose tree has ten thousand million files is not read', async () => {
    let tree = forge.tree(`100644 blob ${forge.blob('a: 1\n')}\ta.yaml`);
    for (let depth = 0; depth < 10; depth += 1) {
      const level = tree;
      tree = forge.tree(
        ...Array.from({ length: 10 }, (_, n) => `40000 tree ${level}\td${String(n)}`),
      );
    }
    forge.push(tree);
    expect(await read()).toHaveProperty(
      'unavailable',
      expect.stringContaining('git prints more than 48 MiB of it'),
    );
  }, 60_000);

  it('with a file that unfolds to half a gibibyte is refused, not unfolded', async () => {
    const bomb = forge.blob(Buffer.alloc(512 * MEBIBYTE));
    forge.push(forge.tree(`100644 blob ${bomb}\ta.yaml`));
    expect(await read()).toMatchObject({
      files: [],
      problems: [
        {
          file: 'a.yaml',
          message: `found ${512 * MEBIBYTE} bytes, expected at most ${4 * MEBIBYTE}`,
        },
      ],
    });
  }, 60_000);

  it('whose commit says more than anybody reads is refused', async () => {
    forge.push(forge.tree(), 'x'.repeat(8 * MEBIBYTE));
    expect(await read()).toHaveProperty('unavailable', expect.stringMatching(/bytes of commit/));
  });

  it('that is larger than what is kept is given up while it arrives', async () => {
    const noise = execFileSync('openssl', ['rand', String(16 * MEBIBYTE)], {
      maxBuffer: 32 * MEBIBYTE,
    });
    forge.push(forge.tree(`100644 blob ${forge.blob(noise)}\tnoise.bin`));
    // it may have arrived as a whole before anybody looked; then it is not kept either
    expect(await read(MEBIBYTE)).toHaveProperty(
      'unavailable',
      expect.stringContaining('it is larger than 1 MiB'),
    );
  });

  it.each(['ext::touch /tmp/pwned', 'file:///etc', '--upload-pack=touch'])(
    'with the submodule %s is read without it',
    async (url) => {
      const gitmodules = `[submodule "a"]\n\tpath = vendor\n\turl = ${url}\n\tupdate = !touch pwned\n`;
      forge.push(
        forge.tree(
          `100644 blob ${forge.blob(gitmodules)}\t.gitmodules`,
          `100644 blob ${forge.blob(serviceManifest('web'))}\ta.yaml`,
          `160000 commit ${'1'.repeat(40)}\tvendor`,
        ),
      );
      expect(await read()).toMatchObject({
        files: [{ path: 'a.yaml' }],
        warnings: ['vendor is a submodule: it is not read'],
      });
      expect(existsSync('/tmp/pwned')).toBe(false);
    },
  );

  it('with links to files of the machine has them neither read nor followed', async () => {
    forge.push(
      forge.tree(
        `120000 blob ${forge.blob('/etc/passwd')}\tpasswd.yaml`,
        `120000 blob ${forge.blob('../../../../etc')}\tetc.yaml`,
      ),
    );
    expect(await read()).toMatchObject({
      files: [],
      warnings: ['etc.yaml is a link: it is not read', 'passwd.yaml is a link: it is not read']
        .sort()
        .reverse(),
    });
  });

  it('with names that lead out of it has them not read', async () => {
    const blob = forge.blob(serviceManifest('web'));
    const up = forge.tree(`100644 blob ${blob}\tevil.yaml`);
    forge.push(forge.tree(`40000 tree ${up}\t..`));
    expect(await read()).toMatchObject({ files: [], problems: [] });
  });

  it.each(['.git', '.GIT', '.gIt', 'git~1', '.git '])(
    'with hooks in a folder %j has none of them run, nor read as manifests',
    async (folder) => {
      const hook = forge.tree(
        `100755 blob ${forge.blob('#!/bin/sh\ntouch /tmp/pwned\n')}\tpost-checkout`,
      );
      forge.push(forge.tree(`40000 tree ${forge.tree(`40000 tree ${hook}\thooks`)}\t${folder}`));
      expect(await read()).toMatchObject({ files: [], problems: [] });
      expect(existsSync('/tmp/pwned')).toBe(false);
    },
  );

  it('with attributes that name filters has none of them run', async () => {
    forge.push(
      forge.tree(
        `100644 blob ${forge.blob('* filter=evil diff=evil\n')}\t.gitattributes`,
        `100644 blob ${forge.blob('a: 1\n')}\ta.yaml`,
      ),
    );
    expect(await read()).toMatchObject({ files: [{ path: 'a.yaml', text: 'a: 1\n' }] });
  });

  it('with bytes that are no text is refused, file by file', async () => {
    forge.push(
      forge.tree(
        `100644 blob ${forge.blob(Buffer.from([0xff, 0xfe, 0x00]))}\ta.yaml`,
        `100644 blob ${forge.blob('b: 1\n')}\tb.yaml`,
      ),
    );
    expect(await read()).toMatchObject({
      files: [{ path: 'b.yaml' }],
      problems: [{ file: 'a.yaml', message: 'found bytes that are no text, expected UTF-8' }],
    });
  });
});
