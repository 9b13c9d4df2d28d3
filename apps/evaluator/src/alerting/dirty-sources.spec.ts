import { id } from '../testing/fixtures.js';
import { DirtySources } from './dirty-sources.js';

const hot = id('default/Policy/hot');

describe('what is new for a policy', () => {
  it('collects sources until they are taken', () => {
    const dirty = new DirtySources();
    dirty.add(hot, 'a');
    dirty.add(hot, 'b');
    dirty.add(hot, 'a');
    expect(dirty.take(hot)).toEqual(new Set(['a', 'b']));
    expect(dirty.take(hot)).toBeUndefined();
  });

  it('looks at everything rather than at very many sources', () => {
    const dirty = new DirtySources();
    for (let index = 0; index < 300; index += 1) dirty.add(hot, `host-${index}`);
    expect(dirty.take(hot)).toBe('everything');
    dirty.addEverything(hot);
    dirty.add(hot, 'a');
    expect(dirty.take(hot)).toBe('everything');
  });
});
