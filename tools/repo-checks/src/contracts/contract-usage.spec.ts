import { usageOf } from './contract-usage.js';

const source = (path: string, text: string) => ({ path, text });

describe('usageOf', () => {
  it.each([
    ['await this.bus.publish(Thing, payload);', { publishers: ['a'], handlers: [] }],
    ['this.bus.request<Reply>(\n  Thing,\n  payload)', { publishers: ['a'], handlers: [] }],
    ["@Handles(Thing, { durable: 'x' })", { publishers: [], handlers: ['a'] }],
    ['@Hears(Thing)', { publishers: [], handlers: ['a'] }],
    ['reader.subscribeOrdered(Thing, {})', { publishers: [], handlers: ['a'] }],
    ["{ topic: 'things', contract: Thing },", { publishers: [], handlers: ['a'] }],
    ['{ contract: ThingElse }', { publishers: [], handlers: [] }],
    ['bus.publish(ThingElse, payload)', { publishers: [], handlers: [] }],
    ['format(Thing, payload)', { publishers: [], handlers: [] }],
    ['import { Thing } from "x"', { publishers: [], handlers: [] }],
  ])('reads %j', (text, expected) => {
    expect(usageOf('Thing', [source('apps/a/src/x.ts', text)])).toEqual(expected);
  });

  it('names each project once', () => {
    const text = 'bus.publish(Thing, one); bus.publish(Thing, two);';
    const sources = [source('apps/b/src/x.ts', text), source('apps/a/src/y.ts', text)];
    expect(usageOf('Thing', sources).publishers).toEqual(['a', 'b']);
  });
});
