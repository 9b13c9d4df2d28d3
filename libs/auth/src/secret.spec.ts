import { hashSecret, newSecret, sameHash } from './secret.js';

describe('newSecret', () => {
  it('makes 256 random bits that are recognised by their prefix', () => {
    const made = newSecret('agent');
    expect(made.secret).toMatch(/^vgl_agent_[A-Za-z0-9_-]{43}$/);
    expect(made.secret.startsWith(made.prefix)).toBe(true);
    expect(made.prefix).toHaveLength('vgl_agent_'.length + 6);
    expect(sameHash(made.hash, hashSecret(made.secret))).toBe(true);
    expect(newSecret('agent').secret).not.toBe(made.secret);
  });
});

describe('sameHash', () => {
  it('is false for another content or length', () => {
    expect(sameHash(hashSecret('a'), hashSecret('b'))).toBe(false);
    expect(sameHash(hashSecret('a'), Buffer.alloc(3))).toBe(false);
  });
});
