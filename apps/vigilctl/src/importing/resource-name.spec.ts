import { parseManifests } from '@vigil/manifests';
import fc from 'fast-check';
import { namespaceName, resourceName } from './resource-name.js';

describe('resourceName', () => {
  it.each([
    ['web', 'web'],
    ['My_Shop', 'my-shop'],
    ['a.b', 'a.b'],
    ['a..b.', 'a.b'],
    ['-_a_-', 'a'],
    ['grüße', 'gr--e'],
    ['_', 'unnamed'],
  ])('%s: %s', (given, expected) => {
    expect(resourceName(given)).toBe(expected);
  });

  it('gives names and namespaces that manifests may have, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const manifest = {
          apiVersion: 'vigil.io/v1',
          kind: 'Service',
          metadata: { name: resourceName(text), namespace: namespaceName(text) },
          spec: { image: 'x' },
        };
        const given = [{ path: 'a.json', text: JSON.stringify(manifest) }];
        const parsed = parseManifests(given, { sha256: () => '0'.repeat(64) });
        expect(parsed).toMatchObject({ ok: true });
      }),
    );
  });
});
