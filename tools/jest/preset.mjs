import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const workspace = resolve(here, '../..');

/**
 * The jest configuration of every project. Sources are ESM TypeScript with decorators: swc compiles
 * them with the metadata that Nest's injection needs, and jest runs them as native modules.
 */
export default {
  testEnvironment: 'node',
  // for hooks and tests that say nothing else: a machine under load is slow, not wrong
  testTimeout: 20_000,
  roots: ['<rootDir>/src'],
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: process.env.VIGILTEST_LONG === '1' ? [] : ['\\.long\\.spec\\.ts$'],
  extensionsToTreatAsEsm: ['.ts'],
  // js before ts: a package that ships its sources beside its build keeps being loaded from the build
  moduleFileExtensions: ['js', 'mjs', 'cjs', 'ts', 'json', 'node'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^@vigil/([a-z0-9-]+)$': [
      `${workspace}/libs/$1/src/index.ts`,
      `${workspace}/tools/$1/src/index.ts`,
    ],
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          keepClassNames: true,
          transform: {
            legacyDecorator: true,
            decoratorMetadata: true,
            useDefineForClassFields: false,
          },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  globalSetup: `${here}/global-setup.mjs`,
  globalTeardown: `${here}/global-teardown.mjs`,
};
