import { resourceId } from '@vigil/manifests';
import { serviceManifest } from '../testing/manifests.js';
import { judgeRevision } from './judge-revision.js';
import { changesBetween, sameResources } from './stored-revision.js';

const web = resourceId({ namespace: 'default', kind: 'Service', name: 'web' });
const entryOf = (name: string, digest = 'a') => ({
  resource: resourceId({ namespace: 'default', kind: 'Service', name }),
  digest,
  file: `${name}.yaml`,
  line: 1,
});
const snapshot = (files: Record<string, string>) => ({
  revision: 'r1',
  files: Object.entries(files).map(([path, text]) => ({ path, text })),
  problems: [],
  warnings: [],
});

describe('judgeRevision', () => {
  const context = { inForce: undefined, foreign: new Map() };

  it('accepts what parses', () => {
    const judgement = judgeRevision(snapshot({ 'web.yaml': serviceManifest('web') }), context);
    expect(judgement).toMatchObject({ valid: true, resources: [{ resource: web }] });
  });

  it('accepts a source that is new or was empty', () => {
    expect(judgeRevision(snapshot({}), context).valid).toBe(true);
    expect(judgeRevision(snapshot({}), { ...context, inForce: [] }).valid).toBe(true);
  });

  it('refuses a source that suddenly has nothing', () => {
    const judgement = judgeRevision(snapshot({}), { ...context, inForce: [entryOf('web')] });
    expect(judgement).toMatchObject({ valid: false, errors: [{ file: '', line: 0 }] });
  });

  it('refuses what could not be read as text, beside everything else that is wrong', () => {
    const problem = { file: 'b.yaml', line: 0, column: 0, path: '', message: 'no text' };
    const judgement = judgeRevision(
      { ...snapshot({ 'a.yaml': 'kind: Nothing' }), problems: [problem] },
      context,
    );
    expect(judgement).toMatchObject({ valid: false, errors: [problem, { file: 'a.yaml' }] });
  });
});

describe('changesBetween', () => {
  it('tells added, changed, unchanged and removed', () => {
    const before = [entryOf('kept'), entryOf('changed'), entryOf('removed')];
    const after = [entryOf('kept'), entryOf('changed', 'b'), entryOf('added')];
    expect(changesBetween(before, after).map(({ change }) => change)).toEqual([
      'unchanged',
      'changed',
      'added',
      'removed',
    ]);
  });
});

describe('sameResources', () => {
  it.each([
    [[entryOf('a')], [entryOf('a')], true],
    [[entryOf('a')], [{ ...entryOf('a'), file: 'moved.yaml', line: 7 }], true],
    [[entryOf('a')], [entryOf('a', 'b')], false],
    [[entryOf('a')], [entryOf('b')], false],
    [[entryOf('a')], [], false],
  ])('%#', (left, right, same) => {
    expect(sameResources(left, right)).toBe(same);
  });
});
