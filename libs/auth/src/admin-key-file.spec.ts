import { temporaryDirectory } from '@vigil/testkit';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AdminKeyFile } from './admin-key-file.js';
import { hashSecret } from './secret.js';

describe('AdminKeyFile', () => {
  const path = join(temporaryDirectory('admin-key'), 'admin.key');
  const file = new AdminKeyFile(path);
  const role = async (secret: string) => (await file.find(hashSecret(secret)))?.principal.role;

  it('knows the key of the file as it is now', async () => {
    await expect(role('first-admin-key-of-all')).resolves.toBeUndefined();
    writeFileSync(path, 'first-admin-key-of-all\n');
    await expect(role('first-admin-key-of-all')).resolves.toBe('admin');
    await expect(role('another-key-that-is-not')).resolves.toBeUndefined();
    writeFileSync(path, 'the-second-admin-key-is-longer\n');
    await expect(role('first-admin-key-of-all')).resolves.toBeUndefined();
    await expect(role('the-second-admin-key-is-longer')).resolves.toBe('admin');
    rmSync(path);
    await expect(role('the-second-admin-key-is-longer')).resolves.toBeUndefined();
  });

  it.each(['', 'short'])('takes no key from a file that holds %p', async (content) => {
    writeFileSync(path, content);
    await expect(role(content)).resolves.toBeUndefined();
  });

  it('is closed when there is no file configured', async () => {
    await expect(new AdminKeyFile(undefined).find(hashSecret(''))).resolves.toBeUndefined();
  });
});
