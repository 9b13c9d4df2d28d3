import { pullReference, registryOf } from './pull-reference.js';
import { PullReport } from './pull-report.js';
import { credentialsFor } from './registry-credentials.js';

const auth = Buffer.from('me:pass:word').toString('base64');
const config = (auths: object) => JSON.stringify({ auths });

describe('credentialsFor', () => {
  it.each([
    ['r.example:5000', { 'r.example:5000': { auth } }],
    ['r.example', { 'https://r.example/v2/': { auth } }],
    ['docker.io', { 'https://index.docker.io/v1/': { auth } }],
    ['r.example', { 'r.example': { username: 'me', password: 'pass:word' } }],
  ])('finds those of %s in %j', (registry, auths) => {
    expect(credentialsFor(registry, config(auths))).toMatchObject({
      status: 'found',
      credentials: { username: 'me', password: 'pass:word' },
    });
  });

  it('prefers a token', () => {
    const found = credentialsFor('r', config({ r: { auth, identitytoken: 't' } }));
    expect(found).toEqual({
      status: 'found',
      credentials: { identitytoken: 't', serveraddress: 'r' },
    });
  });

  it.each([
    ['another registry', config({ other: { auth } }), 'none'],
    ['no password', config({ r: {} }), 'refused'],
    ['no pair', config({ r: { auth: 'bWU=' } }), 'refused'],
    ['no auths', '{}', 'refused'],
    ['no JSON', auth, 'refused'],
  ])('%s', (_case, text, status) => {
    const outcome = credentialsFor('r', text);
    expect(outcome.status).toBe(status);
    expect(JSON.stringify(outcome)).not.toMatch(/pass:|bWU=|bWU6/);
  });
});

describe('pullReference', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  it.each([
    ['nginx', 'docker.io/library/nginx:latest', 'docker.io'],
    ['me/web:2', 'docker.io/me/web:2', 'docker.io'],
    ['127.0.0.1:5000/web', '127.0.0.1:5000/web:latest', '127.0.0.1:5000'],
    [`r.example/a/b:1@${digest}`, `r.example/a/b@${digest}`, 'r.example'],
  ])('of %s is exactly one image', (text, reference, registry) => {
    expect(pullReference(text)).toBe(reference);
    expect(registryOf(text)).toBe(registry);
  });
});

describe('PullReport', () => {
  it('adds layers up, and tells of them once a second', () => {
    const told: string[] = [];
    let now = 0;
    const report = new PullReport(
      'web:1',
      (line) => told.push(line),
      () => now,
    );
    const mib = 1024 ** 2;
    const take = (layer: string, current: number, status = 'Downloading') =>
      report.take({ status, layer, current: current * mib, total: 4 * mib, error: '' });
    take('a', 1);
    take('b', 2);
    now = 1_000;
    take('a', 3);
    take('a', 4, 'Extracting');
    now = 2_000;
    take('b', 0, 'Download complete');
    expect(told).toEqual([
      'pulling web:1: 1.0 of 4.0 MiB',
      'pulling web:1: 5.0 of 8.0 MiB',
      'pulling web:1: 7.0 of 8.0 MiB',
    ]);
  });
});
