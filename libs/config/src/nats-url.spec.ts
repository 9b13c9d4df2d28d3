import { parseNatsUrl } from './nats-url.js';

describe('NATS_URL', () => {
  it.each([
    ['nats://127.0.0.1:4222', { servers: ['127.0.0.1:4222'], tls: false }],
    ['nats://example.org', { servers: ['example.org:4222'], tls: false }],
    ['nats://[::1]:4333', { servers: ['[::1]:4333'], tls: false }],
    [
      'nats://vigil:p%40ss%3Aword@a:1',
      { servers: ['a:1'], tls: false, user: 'vigil', pass: 'p@ss:word' },
    ],
    ['nats://t%2F0ken@a:1', { servers: ['a:1'], tls: false, token: 't/0ken' }],
    [
      'nats://vigil:secret@a:1, nats://b:2,nats://c',
      { servers: ['a:1', 'b:2', 'c:4222'], tls: false, user: 'vigil', pass: 'secret' },
    ],
    ['tls://token@a:1', { servers: ['a:1'], tls: true, token: 'token' }],
  ])('%s', (url, expected) => {
    expect(parseNatsUrl(url)).toEqual(expected);
  });

  it('refuses what is no URL', () => {
    expect(() => parseNatsUrl('not a url')).toThrow('Invalid URL');
  });
});
