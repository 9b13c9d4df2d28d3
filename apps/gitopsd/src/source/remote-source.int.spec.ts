import {
  startGitDaemon,
  startHttpsGit,
  startSshGit,
  temporaryDirectory,
  type GitServer,
  type HttpsGit,
  type SshGit,
} from '@vigil/testkit';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GitRepository } from '../testing/git-repository.js';
import type { RepositoryCredentials } from './git/remote/prepare-access.js';
import { parseRepositoryUrl, type GitRef } from '@vigil/manifests';
import type { Signers } from './git/remote/verify-signature.js';
import type { ScopeOptions } from './manifest-scope.js';
import { RemoteSource } from './remote-source.js';

const NEVER = new AbortController().signal;

interface SourceSettings {
  readonly ref?: GitRef;
  readonly scope?: ScopeOptions;
  readonly credentials?: RepositoryCredentials;
  readonly signers?: Signers;
}

function sourceAt(text: string, settings: SourceSettings = {}) {
  const url = parseRepositoryUrl(text);
  if (url === undefined) throw new Error(`${text} is no URL`);
  const { ref = { head: true }, scope = {}, credentials = {}, signers } = settings;
  const directory = temporaryDirectory('source');
  const source = new RemoteSource('team', { url, ref, scope, credentials, directory, signers });
  return { source, directory };
}

/** The paths of the manifests that a source has now, or why it has none. */
async function pathsOf(source: RemoteSource): Promise<readonly string[] | string> {
  const read = await source.read(NEVER);
  return 'unavailable' in read ? read.unavailable : read.files.map(({ path }) => path);
}

function inFile(file: string) {
  return { secretRef: { file } };
}

function secretFile(value: string): string {
  const path = join(temporaryDirectory('secret'), 'value');
  writeFileSync(path, value);
  return path;
}

/** A repository on a server, and the clone that its author works in. */
function makeRepository(root: string): GitRepository {
  GitRepository.init(join(root, 'fleet.git'), { bare: true });
  const work = GitRepository.init(join(temporaryDirectory('work'), 'fleet'));
  work.git('remote', 'add', 'origin', join(root, 'fleet.git'));
  work.commit('Begin', { 'a.yaml': 'a: 1\n' });
  work.git('push', '--quiet', '--set-upstream', 'origin', 'main');
  return work;
}

describe('a repository behind git daemon', () => {
  const root = temporaryDirectory('repositories');
  let server: GitServer;
  let work: GitRepository;

  beforeAll(async () => {
    work = makeRepository(root);
    server = await startGitDaemon(root);
  });
  afterAll(async () => {
    await server.stop();
  });

  it('is read at the branch that it names itself, with what its author says', async () => {
    const { source } = sourceAt(server.urlOf('fleet.git'));
    expect(await source.read(NEVER)).toMatchObject({
      revision: work.git('rev-parse', 'HEAD'),
      commit: { author: 'Ada <ada@example.org>', message: 'Begin' },
      files: [{ path: 'a.yaml', text: 'a: 1\n' }],
    });
  });

  it('is followed with every push, also one that rewrites its history', async () => {
    const { source } = sourceAt(server.urlOf('fleet.git'), { ref: { branch: 'main' } });
    await source.read(NEVER);
    work.commit('Add b', { 'b.yaml': 'b: 1\n' });
    work.git('push', '--quiet');
    expect(await pathsOf(source)).toEqual(['a.yaml', 'b.yaml']);
    work.git('reset', '--quiet', '--hard', 'HEAD~1');
    const rewritten = work.commit('Add c instead', { 'c.yaml': 'c: 1\n' });
    work.git('push', '--quiet', '--force');
    expect(await source.read(NEVER)).toMatchObject({ revision: rewritten });
    expect(await pathsOf(source)).toEqual(['a.yaml', 'c.yaml']);
  });

  it('is read at a tag, the newest version in a range, or a commit', async () => {
    const first = work.git('rev-parse', 'HEAD');
    work.git('tag', '--annotate', '--message', 'one', 'v1.0.0');
    work.commit('Two', { 'two.yaml': 'x: 2\n' });
    work.git('tag', 'v1.9.0');
    work.commit('Three', { 'three.yaml': 'x: 3\n' });
    work.git('tag', 'v2.0.0');
    work.git('push', '--quiet', '--tags', 'origin', 'main');
    const at = async (ref: GitRef) => pathsOf(sourceAt(server.urlOf('fleet.git'), { ref }).source);
    expect(await at({ tag: 'v1.0.0' })).toEqual(['a.yaml', 'c.yaml']);
    expect(await at({ semver: '1.x' })).toEqual(['a.yaml', 'c.yaml', 'two.yaml']);
    expect(await at({ semver: '*' })).toHaveLength(4);
    expect(await at({ commit: first })).toEqual(['a.yaml', 'c.yaml']);
    expect(await at({ semver: '3.x' })).toContain('has no tag in the range 3.x');
    expect(await at({ commit: 'f'.repeat(40) })).toContain('has no commit ffff');
  });

  it('is read below one folder, with what is included and not what is excluded', async () => {
    work.commit('Folders', {
      'teams/shop/web.yaml': 'x: 1\n',
      'teams/shop/drafts/new.yaml': 'x: 1\n',
      'teams/shop/deep/db.yml': 'x: 1\n',
      'teams/shopping/other.yaml': 'x: 1\n',
    });
    work.git('push', '--quiet');
    const at = async (scope: ScopeOptions) =>
      pathsOf(sourceAt(server.urlOf('fleet.git'), { scope }).source);
    expect(await at({ path: 'teams/shop', exclude: ['drafts/**'] })).toEqual([
      'teams/shop/deep/db.yml',
      'teams/shop/web.yaml',
    ]);
    expect(await at({ path: 'teams/shop', include: ['*.yaml'] })).toEqual(['teams/shop/web.yaml']);
    expect(await at({ include: ['**/deep/*'] })).toEqual(['teams/shop/deep/db.yml']);
  });

  it('is Unknown while it is away or its branch is deleted, and comes back by itself', async () => {
    work.git('push', '--quiet', 'origin', 'HEAD:refs/heads/short-lived');
    const { source } = sourceAt(server.urlOf('fleet.git'), { ref: { branch: 'short-lived' } });
    const files = await pathsOf(source);
    await server.stop();
    expect(await pathsOf(source)).toContain('cannot read git://');
    await server.start();
    expect(await pathsOf(source)).toEqual(files);
    work.git('push', '--quiet', '--delete', 'origin', 'short-lived');
    expect(await pathsOf(source)).toBe(`${source.location} has no branch short-lived`);
    work.git('push', '--quiet', 'origin', 'HEAD:refs/heads/short-lived');
    expect(await pathsOf(source)).toEqual(files);
  });

  it.each([
    ['lost', (repository: string) => rmSync(repository, { recursive: true })],
    ['without its HEAD', (repository: string) => rmSync(join(repository, 'HEAD'))],
    [
      'without its objects',
      (repository: string) => {
        rmSync(join(repository, 'objects/pack'), { recursive: true });
      },
    ],
  ])('is fetched again when what was fetched is %s', async (_name, damage) => {
    const url = server.urlOf('fleet.git');
    const { source, directory } = sourceAt(url);
    await source.read(NEVER);
    damage(join(directory, 'repository.git'));
    work.commit('Go on', { 'a.yaml': `a: ${String(Math.random())}\n` });
    work.git('push', '--quiet');
    const again = () => pathsOf(source);
    const first = await again();
    expect(typeof first === 'string' ? await again() : first).toContain('a.yaml');
  });

  it('takes no more room with every push', async () => {
    const { source, directory } = sourceAt(server.urlOf('fleet.git'));
    for (let n = 0; n < 25; n += 1) {
      work.commit(`Change ${String(n)}`, { 'a.yaml': `a: ${String(n)}\n` });
      work.git('push', '--quiet');
      await source.read(NEVER);
    }
    const packs = readdirSync(join(directory, 'repository.git/objects/pack'));
    expect(packs.filter((name) => name.endsWith('.pack')).length).toBeLessThan(20);
    expect(await source.read(NEVER)).toMatchObject({ revision: work.git('rev-parse', 'HEAD') });
  });
});

describe('a repository behind SSH', () => {
  const root = temporaryDirectory('repositories');
  let server: SshGit;

  beforeAll(async () => {
    makeRepository(root);
    server = await startSshGit(root);
  });
  afterAll(async () => {
    await server.stop();
  });

  const withKeys = (privateKeyFile: string, knownHostsFile: string) =>
    sourceAt(server.urlOf('fleet.git'), {
      credentials: {
        ssh: { privateKey: inFile(privateKeyFile), knownHosts: inFile(knownHostsFile) },
      },
    });

  it('is read with a deploy key by a server whose host key is known', async () => {
    const { source, directory } = withKeys(server.deployKey, server.knownHosts);
    expect(await pathsOf(source)).toEqual(['a.yaml']);
    expect(existsSync(join(directory, 'access'))).toBe(false);
  });

  it('is not read from a server with another host key', async () => {
    const { source } = withKeys(server.deployKey, server.wrongKnownHosts);
    expect(await pathsOf(source)).toContain('the server’s host key is not the one in known_hosts');
  });

  it('is not read with a key that the server does not know', async () => {
    const { source } = withKeys(server.otherKey, server.knownHosts);
    expect(await pathsOf(source)).toContain('the server does not accept the deploy key');
  });

  it('is not read with what is no key, or without one', async () => {
    const { source } = withKeys(secretFile('no key'), server.knownHosts);
    expect(await pathsOf(source)).toContain('the deploy key is not a private key');
    const missing = withKeys('/nowhere/key', server.knownHosts);
    expect(await pathsOf(missing.source)).toBe(
      'the secret file /nowhere/key cannot be read (ENOENT)',
    );
  });
});

describe('a repository behind HTTPS of a private authority', () => {
  const root = temporaryDirectory('repositories');
  let server: HttpsGit;
  let work: GitRepository;

  beforeAll(async () => {
    work = makeRepository(root);
    server = await startHttpsGit(root);
  });
  afterAll(async () => {
    await server.stop();
  });

  const withToken = (passwordFile: string, caFile?: string) =>
    sourceAt(server.urlOf('fleet.git'), {
      credentials: {
        https: { username: server.user, password: inFile(passwordFile) },
        ...(caFile === undefined ? {} : { ca: inFile(caFile) }),
      },
    });

  it('is read with a token by who trusts the authority', async () => {
    const { source, directory } = withToken(secretFile(server.token), server.caFile);
    expect(await pathsOf(source)).toEqual(['a.yaml']);
    expect(existsSync(join(directory, 'access'))).toBe(false);
  });

  it('is not read without the authority', async () => {
    const { source } = withToken(secretFile(server.token));
    expect(await pathsOf(source)).toContain('certificate');
  });

  it('is not read with another token, and is again as soon as the file has the right one', async () => {
    const file = secretFile('wrong');
    const { source } = withToken(file, server.caFile);
    expect(await pathsOf(source)).toContain('credentials are missing or wrong');
    writeFileSync(file, `${server.token}\n`);
    expect(await pathsOf(source)).toEqual(['a.yaml']);
  });

  it('is fetched no further than it has changed', async () => {
    const { source } = withToken(secretFile(server.token), server.caFile);
    await source.read(NEVER);
    work.commit('Add b', { 'b.yaml': 'b: 1\n' });
    work.git('push', '--quiet');
    expect(await pathsOf(source)).toEqual(['a.yaml', 'b.yaml']);
  });
});

describe('a repository of which only signed commits count', () => {
  const root = temporaryDirectory('repositories');
  let server: GitServer;
  let work: GitRepository;
  let keys: Keys;

  beforeAll(async () => {
    work = makeRepository(root);
    server = await startGitDaemon(root);
    keys = makeKeys();
  });
  afterAll(async () => {
    // gpg leaves an agent behind for each home
    for (const home of keys.gnupgHomes) {
      execFileSync('gpgconf', ['--homedir', home, '--kill', 'gpg-agent']);
    }
    await server.stop();
  });

  /** What keeps the newest commit from being valid. */
  const problemsOf = async (signers: Signers): Promise<string> => {
    const { source } = sourceAt(server.urlOf('fleet.git'), { signers });
    const read = await source.read(NEVER);
    if ('unavailable' in read) return read.unavailable;
    return read.problems.map(({ message }) => message).join();
  };
  const sign = (...config: readonly string[]): void => {
    const args = config.flatMap((each) => ['-c', each]);
    work.git(...args, 'commit', '--quiet', '--allow-empty', '--message', 'Signed', '-S');
    work.git('push', '--quiet');
  };
  const signWithGpg = (): void => {
    const gpg = join(keys.directory, 'gpg');
    writeFileSync(gpg, `#!/bin/sh\nexec gpg --homedir '${keys.gnupg}' "$@"\n`, { mode: 0o700 });
    sign(`gpg.program=${gpg}`, 'user.signingKey=ada@example.org');
  };
  const signWithSsh = (key: string): void => {
    sign('gpg.format=ssh', `user.signingKey=${key}.pub`);
  };

  it('has none in force that nobody has signed', async () => {
    expect(await problemsOf({ gpg: keys.gpgPublic, ssh: keys.allowedSigners })).toMatch(
      /^commit [0-9a-f]{40}: found no signature, expected one by a signer of the source$/,
    );
  });

  it('takes what a key of GPG has signed that is among the signers, and no other', async () => {
    signWithGpg();
    expect(await problemsOf({ gpg: keys.gpgPublic })).toBe('');
    expect(await problemsOf({ ssh: keys.allowedSigners })).toContain('not among the signers');
    expect(await problemsOf({ gpg: keys.otherGpgPublic })).toContain('not among the signers');
  });

  it('takes what a key of SSH has signed that is among the signers, and no other', async () => {
    signWithSsh(keys.ssh);
    expect(await problemsOf({ ssh: keys.allowedSigners })).toBe('');
    expect(await problemsOf({ gpg: keys.gpgPublic })).toContain('not among the signers');
    signWithSsh(keys.otherSsh);
    expect(await problemsOf({ ssh: keys.allowedSigners })).toContain('not among the signers');
  });

  it('cannot be read while the keys of its signers cannot', async () => {
    expect(await problemsOf({ gpg: 'no keys' })).toBe('signers.gpg has no public keys');
    expect(await problemsOf({ ssh: inFile('/nowhere/signers') })).toContain('cannot be read');
  });
});

interface Keys {
  readonly directory: string;
  readonly gnupg: string;
  readonly gnupgHomes: readonly string[];
  readonly gpgPublic: string;
  readonly otherGpgPublic: string;
  readonly ssh: string;
  readonly otherSsh: string;
  readonly allowedSigners: string;
}

/** Keys of two people, of both kinds; only those of the first sign for anything. */
function makeKeys(): Keys {
  const directory = temporaryDirectory('keys');
  const [gnupg = '', otherGnupg = ''] = ['gnupg', 'other-gnupg'].map((name) => {
    const home = join(directory, name);
    mkdirSync(home, { mode: 0o700 });
    const who = name === 'gnupg' ? 'ada@example.org' : 'eve@example.org';
    gpg(home, '--quick-generate-key', '--passphrase', '', who, 'ed25519', 'sign', 'never');
    return home;
  });
  const [ssh = '', otherSsh = ''] = ['ssh', 'other-ssh'].map((name) => {
    const path = join(directory, name);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path]);
    return path;
  });
  return {
    directory,
    gnupg,
    gnupgHomes: [gnupg, otherGnupg],
    gpgPublic: gpg(gnupg, '--armor', '--export'),
    otherGpgPublic: gpg(otherGnupg, '--armor', '--export'),
    ssh,
    otherSsh,
    allowedSigners: `ada@example.org ${readFileSync(`${ssh}.pub`, 'utf8')}`,
  };
}

function gpg(home: string, ...args: readonly string[]): string {
  return execFileSync('gpg', ['--homedir', home, '--batch', '--quiet', ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}
