import { temporaryDirectory } from '@vigil/testkit';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { WORKSPACE } from '../workspace.js';

/** Calls an exported function of tools/bootstrap in a process of its own, as npm does. */
function call(script: string, name: string, workspace: string): unknown {
  const url = JSON.stringify(new URL(`../../../bootstrap/${script}`, import.meta.url).href);
  const program = `import(${url}).then((it) => console.log(JSON.stringify(it.${name}(${JSON.stringify(workspace)}))))`;
  const output = execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  return JSON.parse(output);
}

function write(workspace: string, path: string, content: unknown): void {
  const file = join(workspace, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
}

describe('isInstalled', () => {
  const isInstalled = (workspace: string): unknown =>
    call('installed.mjs', 'isInstalled', workspace);

  const WANTED = {
    '': {},
    'libs/a': {},
    'node_modules/@vigil/a': { link: true },
    'node_modules/x': { version: '1.0.0' },
    'node_modules/other-platform': { version: '2.0.0', optional: true, os: ['plan9'] },
  };

  function workspaceWith(present: Record<string, object>): string {
    const workspace = temporaryDirectory('checkout');
    write(workspace, 'package-lock.json', { packages: WANTED });
    write(workspace, 'node_modules/.package-lock.json', { packages: present });
    write(workspace, 'node_modules/.bin/vigilctl', '');
    return workspace;
  }

  it.each([
    ['all that is wanted', { 'node_modules/x': { version: '1.0.0' } }, true],
    ['an older version', { 'node_modules/x': { version: '0.9.0' } }, false],
    ['nothing', {}, false],
  ])('with %s: %j → %j', (_what, present, expected) => {
    expect(isInstalled(workspaceWith(present))).toBe(expected);
  });

  it('is false when npm was interrupted before its last step', () => {
    const workspace = workspaceWith({ 'node_modules/x': { version: '1.0.0' } });
    rmSync(join(workspace, 'node_modules/.package-lock.json'));
    expect(isInstalled(workspace)).toBe(false);
  });

  it('is true here', () => {
    expect(isInstalled(WORKSPACE)).toBe(true);
  });
});

describe('the fingerprint of the sources', () => {
  const fingerprint = (workspace: string): unknown =>
    call('source-fingerprint.mjs', 'sourceFingerprint', workspace);

  function checkout(): string {
    const workspace = temporaryDirectory('checkout');
    write(workspace, 'apps/a/src/main.ts', 'one');
    write(workspace, 'libs/b/src/index.ts', 'two');
    write(workspace, 'tools/c/src/main.ts', 'three');
    write(workspace, 'package-lock.json', '{}');
    write(workspace, 'tsconfig.base.json', '{}');
    return workspace;
  }

  it('is that of the contents, wherever the checkout is', () => {
    expect(fingerprint(checkout())).toBe(fingerprint(checkout()));
  });

  it.each([
    ['apps/a/src/main.ts', 'changed', true],
    ['libs/b/src/new.ts', 'new', true],
    ['package-lock.json', '{"a":1}', true],
    ['apps/a/src/main.spec.ts', 'a test', false],
    ['apps/a/README.md', 'a text', false],
    ['libs/b/node_modules/x/index.ts', 'somebody else', false],
  ])('after a change of %s', (path, content, changes) => {
    const workspace = checkout();
    const before = fingerprint(workspace);
    write(workspace, path, content);
    expect(fingerprint(workspace) !== before).toBe(changes);
  });
});

describe('npx vigilctl', () => {
  it('says what to do before there is a build', () => {
    const workspace = temporaryDirectory('checkout');
    mkdirSync(join(workspace, 'tools'));
    symlinkSync(join(WORKSPACE, 'tools/bootstrap'), join(workspace, 'tools/bootstrap'));
    const run = (): string =>
      execFileSync(
        process.execPath,
        ['--preserve-symlinks-main', '--preserve-symlinks', 'tools/bootstrap/vigilctl.mjs'],
        { cwd: workspace, encoding: 'utf8', stdio: 'pipe' },
      );
    expect(run).toThrow('run npm run setup first');
  });
});
