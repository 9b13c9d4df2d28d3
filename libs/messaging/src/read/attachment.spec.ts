import { Attachment } from './ordered-reader.js';

/** The server's clock is a year off ours; nothing may rest on both. */
const CREATED = Date.UTC(2020, 0, 1);
const REQUESTED = 5_000;
const attachment = new Attachment(CREATED, REQUESTED);

describe('the age of a message', () => {
  it.each([
    ['what lay there before reading began', CREATED - 60_000, REQUESTED + 5, 60_005],
    ['what lay there and was read late', CREATED - 60_000, REQUESTED + 2_000, 62_000],
    ['what lay there, by a clock with fractions', CREATED - 60_000, REQUESTED + 0.25, 60_001],
    ['what was stored as reading began', CREATED, REQUESTED + 3, 3],
    ['what arrives', CREATED + 1, REQUESTED + 90_000, 0],
  ])('of %s', (_what, storedAt, now, expected) => {
    expect(attachment.ageOf({ time: new Date(storedAt) }, now)).toBe(expected);
  });
});
