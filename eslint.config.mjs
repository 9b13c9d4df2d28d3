import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { boundaries, specBoundaries } from './tools/lint/boundaries.mjs';
import { houseSyntax, pureSyntax } from './tools/lint/house-rules.mjs';

const CORE = ['manifests', 'policy', 'drift', 'promql'];

/** All rules are errors: nobody reads warnings. Nx runs this once per project. */
export default defineConfig(
  { ignores: ['**/dist', '**/node_modules', '**/testdata', '**/coverage', '.nx', '.vigil'] },
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': ['error', boundaries],
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // readable as they are, and the compiler has checked the rest
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // what was true before an await need not be true after it, and the rule does not know
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // what was caught is passed on as it is
      '@typescript-eslint/only-throw-error': [
        'error',
        { allowRethrowing: true, allowThrowingUnknown: true },
      ],
      // a Nest module is a class that is only decorated; a tag or a token may be an empty one
      '@typescript-eslint/no-extraneous-class': [
        'error',
        { allowWithDecorator: true, allowEmpty: true },
      ],
      // the null object of an interface does nothing on purpose
      '@typescript-eslint/no-empty-function': 'off',
      // Nest declares option bags as classes
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // `type` states unions and parsed schemas, `interface` the rest; the writer chooses
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/dot-notation': 'off',
      'no-restricted-syntax': ['error', ...houseSyntax],
      'no-console': 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      eqeqeq: 'error',
    },
  },
  {
    files: CORE.map((name) => `libs/${name}/src/**/*.ts`),
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(node:|@nestjs/|@nats-io/|typeorm|pg$|fs$|path$|crypto$|os$|child_process$)',
              message:
                'The core is pure: data in, data out. Pass time, ids and I/O in as arguments.',
            },
          ],
        },
      ],
      'no-restricted-globals': [
        'error',
        ...['process', 'performance', 'crypto', 'fetch', 'setTimeout', 'setInterval'].map(
          (name) => ({
            name,
            message: 'The core is pure: take it as an argument.',
          }),
        ),
      ],
      'no-restricted-syntax': ['error', ...houseSyntax, ...pureSyntax],
    },
  },
  {
    files: ['**/*.spec.ts', '**/testing/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': ['error', specBoundaries],
      // expect.any() and its like are of type any on purpose
      '@typescript-eslint/no-unsafe-assignment': 'off',
      // expect(fake.method) looks at the function, it does not call it unbound
      '@typescript-eslint/unbound-method': 'off',
      'max-lines': 'off',
    },
  },
  { files: ['tools/**/*.ts', 'apps/vigilctl/**/*.ts'], rules: { 'no-console': 'off' } },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', URL: 'readonly', performance: 'readonly' } },
    rules: { 'no-undef': 'off', 'no-unused-vars': 'error', eqeqeq: 'error' },
  },
  prettier,
);
