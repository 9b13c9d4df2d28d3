import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { VIGIL_VERSION } from './version.js';

it('is the version of the release', () => {
  const file = new URL('../../../package.json', import.meta.url);
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(file, 'utf8')));
  expect(VIGIL_VERSION).toBe(version);
});
