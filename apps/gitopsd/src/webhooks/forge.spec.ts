import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { z } from 'zod';
import { FORGES, type Delivery, type Forge } from './forge.js';

const SECRET = 'it is a secret';
const PUSH = { ref: 'refs/heads/main', before: '0'.repeat(40), commits: [] };

function hmac(body: string, algorithm = 'sha256', secret = SECRET): string {
  return createHmac(algorithm, secret).update(body).digest('hex');
}

function delivery(headers: Readonly<Record<string, string>>, payload: unknown): Delivery {
  return { header: (name) => headers[name], body: Buffer.from(JSON.stringify(payload)) };
}

function forge(name: string): Forge {
  const found = FORGES[name];
  if (found === undefined) throw new Error(`there is no forge ${name}`);
  return found;
}

/** Headers that prove the payload, as each forge sends them. */
const SIGNED: Readonly<Record<string, (body: string) => Readonly<Record<string, string>>>> = {
  github: (body) => ({ 'x-hub-signature-256': `sha256=${hmac(body)}` }),
  gitlab: () => ({ 'x-gitlab-token': SECRET }),
  gitea: (body) => ({ 'x-gitea-signature': hmac(body) }),
  gogs: (body) => ({ 'x-gogs-signature': hmac(body) }),
  bitbucket: (body) => ({ 'x-hub-signature': `sha256=${hmac(body)}` }),
  generic: (body) => ({ 'x-signature': `sha256=${hmac(body)}` }),
};

describe.each(Object.keys(FORGES))('a delivery of %s', (name) => {
  const { isFrom } = forge(name);
  const body = JSON.stringify(PUSH);
  const signed = SIGNED[name]?.(body) ?? {};

  it('is believed with its signature, and not without', () => {
    expect(isFrom(delivery(signed, PUSH), SECRET)).toBe(true);
    expect(isFrom(delivery({}, PUSH), SECRET)).toBe(false);
  });

  it('is not believed with the signature of another secret', () => {
    expect(isFrom(delivery(signed, PUSH), 'another secret')).toBe(false);
    expect(isFrom(delivery(signed, PUSH), '')).toBe(false);
  });

  it('is not believed with the signature cut short, empty, or of another algorithm', () => {
    for (const [header, value] of Object.entries(signed)) {
      const isToken = value === SECRET;
      const others = [value.slice(0, -2), value.slice(0, 7), '', `${value}00`];
      if (!isToken) others.push(`sha1=${hmac(body, 'sha1')}`, `sha256=${hmac(body, 'sha1')}`);
      for (const other of others) {
        expect(isFrom(delivery({ [header]: other }, PUSH), SECRET)).toBe(false);
      }
    }
  });

  it('is not believed when its body was changed', () => {
    if (name === 'gitlab') return; // its token is about the sender alone
    expect(isFrom(delivery(signed, { ...PUSH, ref: 'refs/heads/evil' }), SECRET)).toBe(false);
  });
});

describe('what a delivery tells', () => {
  const cloud = (made: object | null, old: object | null) => ({
    push: { changes: [{ new: made, old }] },
  });

  it.each<[string, Readonly<Record<string, string>>, unknown, unknown]>([
    [
      'github',
      { 'x-github-event': 'push' },
      { ...PUSH, ref: 'refs/tags/v1' },
      { kind: 'push', refs: ['refs/tags/v1'] },
    ],
    ['github', { 'x-github-event': 'ping' }, { zen: 'x' }, { kind: 'ping' }],
    ['github', { 'x-github-event': 'issues' }, {}, { kind: 'other', name: 'issues' }],
    ['github', { 'x-github-event': 'push' }, { ref: 1 }, undefined],
    ['github', {}, PUSH, undefined],
    [
      'gitlab',
      { 'x-gitlab-event': 'Push Hook' },
      PUSH,
      { kind: 'push', refs: ['refs/heads/main'] },
    ],
    [
      'gitlab',
      { 'x-gitlab-event': 'Tag Push Hook' },
      { ...PUSH, ref: 'refs/tags/v2' },
      { kind: 'push', refs: ['refs/tags/v2'] },
    ],
    ['gitea', { 'x-forgejo-event': 'push' }, PUSH, { kind: 'push', refs: ['refs/heads/main'] }],
    ['gogs', { 'x-gogs-event': 'push' }, PUSH, { kind: 'push', refs: ['refs/heads/main'] }],
    [
      'bitbucket',
      { 'x-event-key': 'repo:push' },
      cloud({ type: 'branch', name: 'main' }, null),
      { kind: 'push', refs: ['refs/heads/main'] },
    ],
    [
      'bitbucket',
      { 'x-event-key': 'repo:push' },
      cloud(null, { type: 'tag', name: 'v1' }),
      { kind: 'push', refs: ['refs/tags/v1'] },
    ],
    [
      'bitbucket',
      { 'x-event-key': 'repo:refs_changed' },
      { changes: [{ ref: { id: 'refs/heads/main', displayId: 'main' }, type: 'UPDATE' }] },
      { kind: 'push', refs: ['refs/heads/main'] },
    ],
    ['bitbucket', { 'x-event-key': 'diagnostics:ping' }, { test: true }, { kind: 'ping' }],
    ['generic', {}, {}, { kind: 'push', refs: undefined }],
    ['generic', {}, PUSH, { kind: 'push', refs: ['refs/heads/main'] }],
  ])('%s with %j', (name, headers, payload, expected) => {
    expect(forge(name).read(delivery(headers, payload), payload)).toEqual(expected);
  });
});

/** What GitHub documents as examples of its deliveries, by the name of the event. */
const EXAMPLES = z
  .array(z.object({ name: z.string(), examples: z.array(z.looseObject({})) }))
  .parse(createRequire(import.meta.url)('@octokit/webhooks-examples'));

describe('the examples of GitHub', () => {
  it.each(EXAMPLES.map(({ name, examples }) => [name, examples] as const))(
    'of %s are told apart',
    (name, examples) => {
      const kind = name === 'push' || name === 'ping' ? name : 'other';
      for (const payload of examples) {
        const event = forge('github').read(delivery({ 'x-github-event': name }, payload), payload);
        expect(event?.kind).toBe(kind);
        if (event?.kind === 'push') expect(event.refs).toEqual([payload['ref']]);
      }
    },
  );
});
