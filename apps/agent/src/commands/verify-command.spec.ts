import type { Command } from '@vigil/contracts';
import { resourceId } from '@vigil/manifests';
import { generateKeyPairSync, sign } from 'node:crypto';
import { WEB } from '../testing/documents.js';
import { authenticate, invalidity } from './verify-command.js';

const ours = generateKeyPairSync('ed25519');
const theirs = generateKeyPairSync('ed25519');
const NOW = 1_800_000_000_000;

function command(parts: Partial<Command> = {}): Command {
  return {
    commandId: 'command',
    host: 'web-1',
    actionId: 'action',
    correlationId: 'correlation',
    resource: WEB,
    issuedAt: NOW,
    expiresAt: NOW + 30_000,
    nonce: 'a-nonce-of-16-or-more',
    fencingToken: 1,
    operation: {
      kind: 'stop',
      resource: WEB,
      replica: 0,
      precondition: { kind: 'any' },
      gracePeriodMs: 0,
      forget: false,
    },
    ...parts,
  };
}

function signed(payload: string, key = ours.privateKey) {
  return { payload, signature: sign(null, Buffer.from(payload), key).toString('base64') };
}

const trust = { host: 'web-1', publicKey: ours.publicKey };

describe('authenticate', () => {
  const payload = JSON.stringify(command());

  it('lets pass what was signed for this host', () => {
    expect(authenticate(signed(payload), trust)).toEqual({ status: 'genuine', command: command() });
  });

  it.each([
    ['signed by somebody else', signed(payload, theirs.privateKey), 'bad-signature'],
    ['changed after signing', { ...signed(payload), payload: `${payload} ` }, 'bad-signature'],
    ['without a signature', { payload, signature: '' }, 'bad-signature'],
    ['with a signature of another length', { payload, signature: 'AAAA' }, 'bad-signature'],
    ['unreadable, and signed by nobody', { payload: '{', signature: 'AAAA' }, 'bad-signature'],
    ['for another host', signed(JSON.stringify(command({ host: 'web-2' }))), 'wrong-host'],
    ['signed, but no JSON', signed('{'), 'malformed'],
    ['signed, but no command', signed('{"commandId":"x"}'), 'malformed'],
    [
      'with a nonce that is too short',
      signed(JSON.stringify(command({ nonce: 'x' }))),
      'malformed',
    ],
  ])('refuses what is %s', (_what, message, code) => {
    expect(authenticate(message, trust)).toMatchObject({ status: 'refused', refusal: { code } });
  });
});

describe('invalidity', () => {
  it.each<[string, Partial<Command>, string | undefined]>([
    ['is valid now', {}, undefined],
    [
      'is valid until its last millisecond',
      { issuedAt: NOW - 29_999, expiresAt: NOW + 1 },
      undefined,
    ],
    ['has expired', { issuedAt: NOW - 30_000, expiresAt: NOW }, 'expired'],
    [
      'may come from a clock that is a little ahead',
      { issuedAt: NOW + 30_000, expiresAt: NOW + 60_000 },
      undefined,
    ],
    [
      'comes from the future',
      { issuedAt: NOW + 30_001, expiresAt: NOW + 60_000 },
      'issued-in-future',
    ],
    ['would be valid for days', { expiresAt: NOW + 86_400_000 }, 'validity-too-long'],
    [
      'names one resource and changes another',
      { resource: resourceId({ namespace: 'test', kind: 'Service', name: 'db' }) },
      'wrong-resource',
    ],
  ])('a command that %s', (_what, parts, code) => {
    expect(invalidity(command(parts), NOW)?.code).toBe(code);
  });
});
