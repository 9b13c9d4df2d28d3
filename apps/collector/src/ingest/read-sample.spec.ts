import { Sample } from '@vigil/contracts';
import fc from 'fast-check';
import { readSample } from './read-sample.js';

const NOW = 1_763_700_000_000;
const window = { receivedAt: NOW, oldest: NOW - 1_000_000, newest: NOW + 1_000 };
const good = { name: 'm', value: 1, labels: { a: 'b' }, timestamp: NOW };

describe('readSample', () => {
  it('takes only what may be published and stored as it is', () => {
    const almostGood = fc.record(
      {
        name: fc.oneof(fc.constant('m'), fc.string(), fc.jsonValue()),
        value: fc.oneof(fc.double(), fc.jsonValue()),
        labels: fc.oneof(fc.dictionary(fc.string({ maxLength: 3 }), fc.string()), fc.jsonValue()),
        timestamp: fc.oneof(fc.integer({ min: NOW - 10, max: NOW + 10 }), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(almostGood, fc.jsonValue()), (value) => {
        const read = readSample(value, window);
        if (read.ok) expect(Sample.safeParse(read.sample).success).toBe(true);
        else expect(read.problem.message).toMatch(/^found .*, expected /s);
      }),
      { numRuns: 1000 },
    );
  });

  it('leaves empty labels out', () => {
    const read = readSample({ ...good, labels: { a: '', b: 'c' } }, window);
    expect(read).toMatchObject({ ok: true, sample: { labels: { b: 'c' } } });
  });

  it.each([
    ['value', Number.POSITIVE_INFINITY, 'value'],
    ['timestamp', NOW / 1000, 'timestamp'],
    ['timestamp', NOW + 1_001, 'timestamp'],
    ['labels', { __proto: 'x' }, 'labels'],
    ['labels', Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`l${n}`, 'x'])), 'labels'],
    ['labels', { a: 'x'.repeat(1025) }, 'labels.a'],
    ['labels', { a: '\ud800' }, 'labels.a'],
    ['name', 'x'.repeat(257), 'name'],
  ])('refuses %s %p', (field, value, path) => {
    const read = readSample({ ...good, [field]: value }, window);
    expect(read).toMatchObject({ ok: false, problem: { path } });
  });
});
