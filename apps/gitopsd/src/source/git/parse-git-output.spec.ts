import fc from 'fast-check';
import { parseCommit, parseObjects, parseTree } from './parse-git-output.js';

const ID = '94ef64175c9582ed061e8af8d4a65c2e320156e5';

describe('parseTree', () => {
  it('reads files, links, submodules and names with anything in them', () => {
    const output = [
      `100644 blob ${ID}       8\ta.yaml`,
      `120000 blob ${ID}       6\tl.yaml`,
      `160000 commit ${ID}       -\tvendor`,
      `100755 blob ${ID} 1234567\todd name\twith\nall.yml`,
      '',
    ].join('\0');
    expect(parseTree(output)).toEqual([
      { mode: '100644', id: ID, size: 8, path: 'a.yaml' },
      { mode: '120000', id: ID, size: 6, path: 'l.yaml' },
      { mode: '160000', id: ID, size: 0, path: 'vendor' },
      { mode: '100755', id: ID, size: 1_234_567, path: 'odd name\twith\nall.yml' },
    ]);
  });

  it.each([
    `100644 blob ${ID}     BAD\tlost.yaml`,
    `100644 blob ${ID}       8\ta.yaml\x00error: something`,
  ])('refuses a tree of which it cannot read everything: %j', (output) => {
    expect(parseTree(output)).toBeUndefined();
  });

  it('is empty for an empty tree', () => {
    expect(parseTree('')).toEqual([]);
  });
});

describe('parseCommit', () => {
  it('reads what the format asks for', () => {
    expect(parseCommit(`${ID}\0Ada <ada@example.org>\x001795252484\0Title\n\nBody\n\n`)).toEqual({
      id: ID,
      author: 'Ada <ada@example.org>',
      message: 'Title\n\nBody',
      committedAt: 1_795_252_484_000,
    });
  });

  it.each(['', 'fatal: bad object', `${ID.slice(1)}\0a\x001\0m`])('refuses %j', (output) => {
    expect(parseCommit(output)).toBeUndefined();
  });
});

describe('parseObjects', () => {
  const framed = (contents: readonly Uint8Array[]) =>
    Buffer.concat(
      contents.flatMap((content, index) => [
        Buffer.from(`${idOf(index)} blob ${content.byteLength}\n`),
        content,
        Buffer.from('\n'),
      ]),
    );
  const idOf = (index: number) => index.toString(16).padStart(40, '0');

  it('gives back any contents', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array(), { maxLength: 5 }), (contents) => {
        const read = parseObjects(framed(contents));
        expect([...(read?.values() ?? [])].map((each) => [...each])).toEqual(
          contents.map((each) => [...each]),
        );
      }),
    );
  });

  it('knows when the output ends too soon', () => {
    const whole = framed([Buffer.from('some content')]);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: whole.length - 1 }), (length) => {
        expect(parseObjects(whole.subarray(0, length))).toBeUndefined();
      }),
    );
  });

  it('knows a missing object', () => {
    expect(parseObjects(Buffer.from(`${ID} missing\n`))).toBeUndefined();
  });
});
