import { bearerCredentials, pageCredentials } from './credentials.js';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('bearerCredentials', () => {
  it.each([
    [undefined, { kind: 'none' }],
    ['', { kind: 'none' }],
    ['Bearer abc', { kind: 'bearer', secret: 'abc' }],
    ['bearer   abc ', { kind: 'bearer', secret: 'abc' }],
    ['Bearer', { kind: 'malformed' }],
    ['Bearer a b', { kind: 'malformed' }],
    ['abc', { kind: 'malformed' }],
    [basic('any:abc'), { kind: 'malformed' }],
    [`Bearer ${'a'.repeat(513)}`, { kind: 'malformed' }],
    ['Bearer a\0b', { kind: 'malformed' }],
  ])('reads %p', (header, expected) => {
    expect(bearerCredentials(header)).toEqual(expected);
  });
});

describe('pageCredentials', () => {
  it.each([
    [basic('any:abc'), { kind: 'bearer', secret: 'abc' }],
    [basic('abc'), { kind: 'bearer', secret: 'abc' }],
    [basic('any:'), { kind: 'malformed' }],
    ['Bearer abc', { kind: 'bearer', secret: 'abc' }],
    [undefined, { kind: 'none' }],
  ])('reads %p', (header, expected) => {
    expect(pageCredentials(header)).toEqual(expected);
  });
});
