import { resourceId } from '@vigil/manifests';
import fc from 'fast-check';
import { containerName } from './container-name.js';

const id = (namespace: string, name: string) => resourceId({ namespace, kind: 'Service', name });
const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);

describe('the name of a container', () => {
  it('says whose it is', () => {
    expect(containerName(id('production', 'web'), 2, 'default')).toMatch(
      /^vigil-production-web-2-[0-9a-f]{8}$/,
    );
  });

  it.each([
    ['another installation', id('a', 'b-c'), 0, 'there'],
    ['another replica', id('a', 'b-c'), 1, 'here'],
    ['another resource that reads the same', id('a-b', 'c'), 0, 'here'],
  ])('is another one for %s', (_what, resource, replica, installation) => {
    expect(containerName(resource, replica, installation)).not.toBe(
      containerName(id('a', 'b-c'), 0, 'here'),
    );
  });

  it('can be resolved and is taken by every engine, however long the names are', () => {
    fc.assert(
      fc.property(label, label, fc.nat(10_000), fc.string(), (namespace, name, replica, here) => {
        const made = containerName(id(namespace, `${name}.${name}`), replica, here);
        expect(made).toMatch(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,62}$/);
      }),
    );
  });
});
