import { describe, expect, it } from '@jest/globals';
import { MetricQuery } from './query.js';

const parsed = (query: object) => MetricQuery.safeParse({ metric: 'm', ...query });

describe('MetricQuery', () => {
  it.each([
    [{ labels: 'a:b' }, { labels: { a: 'b' } }],
    [{ labels: 'url:http://x:80,b:' }, { labels: { url: 'http://x:80', b: '' } }],
    [{ labels: '' }, { labels: {} }],
    [{ by: '' }, { by: [] }],
    [{ by: 'a,source' }, { by: ['a', 'source'] }],
    [{ step: '30s' }, { step: 30_000 }],
    [{ step: '15' }, { step: 15_000 }],
    [{ step: '1m30s' }, { step: 90_000 }],
  ])('reads %p', (query, expected) => {
    expect(parsed(query).data).toMatchObject(expected);
  });

  it.each([
    { labels: 'a' },
    { labels: ':b' },
    { labels: '1a:b' },
    { by: 'a b' },
    { step: '0' },
    { step: '-5s' },
    { agg: 'median' },
    { metric: 'a b' },
    { source: 'a/b' },
    { unknown: 'x' },
  ])('refuses %p', (query) => {
    expect(parsed(query).success).toBe(false);
  });
});
