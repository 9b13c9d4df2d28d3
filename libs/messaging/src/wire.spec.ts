import { z } from 'zod';
import { InvalidPayload } from './errors.js';
import { decodePayload, encodePayload } from './wire.js';

const Schema = z.object({ count: z.number(), name: z.string().optional() });
const bytes = (text: string) => new TextEncoder().encode(text);

describe('payloads', () => {
  it('arrive as they were sent, without what the contract does not know', () => {
    const sent = encodePayload(Schema, { count: 1, name: 'ü', extra: true }, 's');
    expect(decodePayload(Schema, sent, 's')).toEqual({ count: 1, name: 'ü' });
  });

  it('of a newer version are read by an older one', () => {
    expect(decodePayload(Schema, bytes('{"count":1,"new":{}}'), 's')).toEqual({ count: 1 });
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{'],
    ['another type', '{"count":"secret-value"}'],
    ['no object', '1'],
  ])('that are %s are refused without showing them', (_name, text) => {
    expect(() => decodePayload(Schema, bytes(text), 'subject')).toThrow(InvalidPayload);
    expect(() => decodePayload(Schema, bytes(text), 'subject')).toThrow(/^subject: (?!.*secret)/);
  });

  it('that are not UTF-8 are refused', () => {
    const broken = Uint8Array.of(0x22, 0xff, 0x22);
    expect(() => decodePayload(z.string(), broken, 's')).toThrow(InvalidPayload);
  });
});
