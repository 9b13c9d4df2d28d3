import { temporaryDirectory } from '@vigil/testkit';
import { createPublicKey, sign, verify } from 'node:crypto';
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { homeLayout, makeHome, readOrMakeIdentity, type HomeLayout } from './home.js';

function newHome(): HomeLayout {
  const home = homeLayout(join(temporaryDirectory('home'), 'state'));
  makeHome(home);
  return home;
}

const mode = (path: string): number => statSync(path).mode & 0o777;

describe('the identity of an installation', () => {
  it('is made once', () => {
    const home = newHome();
    const first = readOrMakeIdentity(home);
    expect(readOrMakeIdentity(home)).toEqual(first);
    expect(readFileSync(home.adminKey, 'utf8').trim()).toBe(first.adminKey);
    expect(first.adminKey.length).toBeGreaterThan(40);
  });

  it('keeps its secrets to itself, also when somebody has opened them', () => {
    const home = newHome();
    readOrMakeIdentity(home);
    chmodSync(home.adminKey, 0o644);
    readOrMakeIdentity(home);
    const secrets = [home.adminKey, home.signingKey, home.postgresPassword, home.natsPassword];
    expect(secrets.map(mode)).toEqual([0o600, 0o600, 0o600, 0o600]);
  });

  it('has a pair of keys that belong together, also when the public one was lost', () => {
    const home = newHome();
    readOrMakeIdentity(home);
    rmSync(home.signingPublicKey);
    readOrMakeIdentity(home);
    const message = Buffer.from('restart');
    const signature = sign(null, message, readFileSync(home.signingKey, 'utf8'));
    const publicKey = createPublicKey(readFileSync(home.signingPublicKey, 'utf8'));
    expect(verify(null, message, publicKey, signature)).toBe(true);
  });

  it('refuses an empty key instead of running without one', () => {
    const home = newHome();
    writeFileSync(home.adminKey, '\n');
    expect(() => readOrMakeIdentity(home)).toThrow(home.adminKey);
  });
});
