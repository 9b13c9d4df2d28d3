import type { AlertRecord } from '@vigil/contracts';
import type { Truth } from '@vigil/policy';
import { id, T0 } from '../testing/fixtures.js';
import { AlertBook } from './alert-book.js';
import type { AlertGroup } from './alert-group.js';

const web = id('default/web');
const db = id('default/db');
const hot = id('default/Policy/hot');

function firing(resource: typeof web, truth: Truth = 'true'): AlertGroup {
  const record: AlertRecord = {
    id: `alert-${resource}`,
    policy: hot,
    resource,
    labels: {},
    condition: 'c',
    severity: 'info',
    state: 'firing',
    activeAt: T0,
    firedAt: T0,
    evidence: [],
    correlationId: 'c',
  };
  return { key: resource, labels: {}, state: { phase: 'firing' }, record, truth };
}

const acting = (book: AlertBook, resource: typeof web) =>
  book.acting(resource).flatMap(({ groups }) => groups.map(({ key }) => key));

describe('the book of alerts', () => {
  it('knows which alerts act on a resource, and whose have changed', () => {
    const book = new AlertBook();
    expect(book.replace(hot, [firing(web), firing(db, 'unknown')])).toEqual(new Set([web]));
    expect(acting(book, web)).toEqual([web]);
    expect(acting(book, db)).toEqual([]);
    expect(book.replace(hot, [firing(web), firing(db)])).toEqual(new Set([db]));
    expect(book.replace(hot, [])).toEqual(new Set([web, db]));
    expect(acting(book, web)).toEqual([]);
    expect(book.count('firing')).toBe(0);
  });

  it('lets nothing follow from samples from before a change', () => {
    const book = new AlertBook();
    book.replace(hot, [firing(web), firing(db)]);
    expect(book.doubt(web)).toEqual([hot]);
    expect(acting(book, web)).toEqual([]);
    expect(acting(book, db)).toEqual([db]);
    expect(book.groups(hot, undefined)).toHaveLength(2);
  });
});
