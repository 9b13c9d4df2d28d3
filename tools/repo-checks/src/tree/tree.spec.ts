import { projectPaths, readIfThere, repositoryFiles } from '../workspace.js';
import { z } from 'zod';
import { forbiddenTexts } from './forbidden-texts.js';

const TOP_LEVEL = new Set([
  'apps',
  'libs',
  'manifests',
  'deploy',
  'tools',
  'docs',
  'nx.json',
  'package.json',
  'package-lock.json',
  'tsconfig.base.json',
  'eslint.config.mjs',
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'LICENSE',
]);

const Package = z.object({
  private: z.literal(true),
  type: z.literal('module'),
  nx: z.object({ tags: z.array(z.string()) }),
});

describe('the repository', () => {
  const files = repositoryFiles(() => true);

  it('holds no text that it must not', () => {
    expect(files.flatMap(forbiddenTexts)).toEqual([]);
  });

  it.each([
    ['TO' + 'DO: later', 'what is left'],
    ['describe.' + "only('x', () => {})", 'switched-off'],
    ['// eslint-' + 'disable-next-line', 'silenced'],
    ['throw new Error("not ' + 'implemented")', 'a stub'],
    ['see /home' + '/somebody/notes', 'one machine'],
  ])('would notice %j', (text, why) => {
    expect(forbiddenTexts({ path: 'x.ts', text })[0]?.why).toContain(why);
  });

  it('has the agreed top level', () => {
    const names = new Set(files.map(({ path }) => path.split('/')[0] ?? path));
    const others = [...names].filter((name) => !name.startsWith('.') && !TOP_LEVEL.has(name));
    expect(others).toEqual([]);
  });

  it('names files for what they do', () => {
    const vague = files
      .map(({ path }) => path)
      .filter((path) => /(^|\/)(utils?|helpers?|common|manager|misc)(\/|\.|$)/i.test(path));
    expect(vague).toEqual([]);
  });

  it('has kebab-case sources', () => {
    const others = files
      .map(({ path }) => path)
      .filter((path) => /\/src\/.*\.tsx?$/.test(path) && !path.includes('/testdata/'))
      .filter((path) => !/^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(path.split('/').at(-1) ?? ''));
    expect(others).toEqual([]);
  });
});

describe.each(
  projectPaths().filter((project) => readIfThere(`${project}/package.json`) !== undefined),
)('%s', (project) => {
  it('says what it is and what it may import', () => {
    const parsed = Package.parse(JSON.parse(readIfThere(`${project}/package.json`) ?? '{}'));
    expect(parsed.nx.tags).toContainEqual(expect.stringMatching(/^type:/));
    expect(parsed.nx.tags).toContainEqual(expect.stringMatching(/^platform:/));
  });

  it('has a README', () => {
    expect(readIfThere(`${project}/README.md`)).toMatch(/^# .+\n\n.+/);
  });
});
