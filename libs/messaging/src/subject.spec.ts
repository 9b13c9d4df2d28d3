import fc from 'fast-check';
import { concreteSubject, filterSubject, subjectParams } from './subject.js';

const Contract = { subject: 'vigil.test.{host}.on.{port}' };

describe('subjects', () => {
  it('carry any values, and give them back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(), (host, port) => {
        const subject = concreteSubject(Contract, { host, port });
        expect(subject.split('.')).toHaveLength(5);
        expect(subject).not.toMatch(/[\s*>]/);
        expect(subjectParams(Contract, subject)).toEqual({ host, port: String(port) });
      }),
    );
  });

  it('filter by some of their values', () => {
    expect(filterSubject(Contract)).toBe('vigil.test.*.on.*');
    expect(filterSubject(Contract, { host: 'a.b' })).toBe('vigil.test.a=2Eb.on.*');
    expect(filterSubject({ subject: 'vigil.plain' })).toBe('vigil.plain');
  });

  it('need every value', () => {
    expect(() => concreteSubject(Contract, { host: 'a' })).toThrow(/needs port/);
  });
});
