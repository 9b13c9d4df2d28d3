import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { WORKSPACE } from '../workspace.js';

const BOUNDARY = '@nx/enforce-module-boundaries';
const use = (specifier: string): string => `import * as it from '${specifier}';\nvoid it;\n`;

/** A file of each kind of project; the texts take its place. */
const CORE = 'libs/policy/src/index.ts';
const CONTRACT = 'libs/contracts/src/index.ts';
const ADAPTER = 'libs/storage/src/index.ts';
const APP = 'apps/evaluator/src/main.ts';
const AGENT = 'apps/agent/src/main.ts';

const REFUSED = [
  ['the core', CORE, use('@vigil/contracts'), BOUNDARY],
  ['the core', CORE, use('@nestjs/common'), BOUNDARY],
  ['the core', CORE, use('node:fs'), 'no-restricted-imports'],
  ['the core', CORE, 'export const now = Date.now();\n', 'no-restricted-syntax'],
  ['the core', CORE, 'export const now = new Date();\n', 'no-restricted-syntax'],
  ['the core', CORE, 'export const dice = Math.random();\n', 'no-restricted-syntax'],
  ['the core', CORE, 'export const name = process.title;\n', 'no-restricted-globals'],
  ['a contract', CONTRACT, use('@vigil/service'), BOUNDARY],
  ['a contract', CONTRACT, use('typeorm'), BOUNDARY],
  ['an adapter', ADAPTER, use('@vigil/messaging'), BOUNDARY],
  ['an adapter', ADAPTER, use('@vigil/testkit'), BOUNDARY],
  ['an app', APP, use('../../collector/src/main.js'), BOUNDARY],
  ['an app', APP, use('@vigil/testkit'), BOUNDARY],
  ['the agent', AGENT, use('@vigil/storage'), BOUNDARY],
  ['the agent', AGENT, use('@nestjs/core'), BOUNDARY],
  ['anybody', APP, "export * from './config.js';\n", 'no-restricted-syntax'],
  ['anybody', APP, 'export default 1;\n', 'no-restricted-syntax'],
  ['anybody', APP, 'export enum Colour { Red }\n', 'no-restricted-syntax'],
  ['anybody', APP, 'const x = JSON.parse("1") as number;\nvoid x;\n', 'no-restricted-syntax'],
  [
    'anybody',
    APP,
    'export const f = (x: any): unknown => x;\n',
    '@typescript-eslint/no-explicit-any',
  ],
  ['anybody', APP, "export const f = (e: Error) => e.message === 'x';\n", 'no-restricted-syntax'],
  [
    'anybody',
    APP,
    "export const f = (e: Error) => e.message.includes('x');\n",
    'no-restricted-syntax',
  ],
  [
    'anybody',
    APP,
    'export const f = (x: string | undefined): number => x!.length;\n',
    '@typescript-eslint/no-non-null-assertion',
  ],
  [
    'anybody',
    APP,
    "export function f(x: 'a' | 'b'): void { switch (x) { case 'a': f(x); } }\n",
    '@typescript-eslint/switch-exhaustiveness-check',
  ],
] as const;

const ALLOWED = [
  ['the core', 'libs/drift/src/index.ts', use('@vigil/manifests')],
  ['a contract', CONTRACT, use('@vigil/manifests')],
  ['an adapter', ADAPTER, use('@vigil/service')],
  ['an app', APP, use('@vigil/storage')],
  ['the agent', AGENT, use('@vigil/contracts')],
  ['a test', 'libs/storage/src/database.int.spec.ts', use('@vigil/testkit')],
] as const;

describe('house rules', () => {
  const texts = [...REFUSED, ...ALLOWED].map(([, file, text]) => ({ file, text }));
  let answers: string[][];

  beforeAll(() => {
    const program = join(WORKSPACE, 'tools/repo-checks/src/boundaries/lint-texts.mjs');
    const run = spawnSync(process.execPath, [program], {
      cwd: WORKSPACE,
      input: JSON.stringify(texts),
      encoding: 'utf8',
      env: { ...process.env, NX_DAEMON: 'false', NODE_OPTIONS: '' },
    });
    expect({ status: run.status, stderr: run.stderr }).toMatchObject({ status: 0 });
    answers = z.array(z.array(z.string())).parse(JSON.parse(run.stdout));
  }, 120_000);

  it.each(REFUSED.map(([who, , text, rule], index) => ({ who, text, rule, index })))(
    'refuse $who: $text',
    ({ rule, index }) => {
      expect(answers[index]).toContain(rule);
    },
  );

  it.each(ALLOWED.map(([who, , text], index) => ({ who, text, index })))(
    'allow $who: $text',
    ({ index }) => {
      expect(answers[REFUSED.length + index]).not.toContain(BOUNDARY);
    },
  );
});
