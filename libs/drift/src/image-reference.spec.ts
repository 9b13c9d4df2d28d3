import fc from 'fast-check';
import { imageName, printImageReference, readImageReference } from './image-reference.js';

const HEX = 'c'.repeat(64);

describe('references to images', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx', 'latest'],
    ['nginx:1.27', 'docker.io/library/nginx', '1.27'],
    ['library/nginx', 'docker.io/library/nginx', 'latest'],
    ['docker.io/nginx', 'docker.io/library/nginx', 'latest'],
    ['docker.io/library/nginx:latest', 'docker.io/library/nginx', 'latest'],
    ['index.docker.io/library/nginx', 'docker.io/library/nginx', 'latest'],
    ['team/app', 'docker.io/team/app', 'latest'],
    ['localhost/app', 'localhost/app', 'latest'],
    ['localhost:5000/app:2', 'localhost:5000/app', '2'],
    ['registry.example.org/team/app', 'registry.example.org/team/app', 'latest'],
    ['registry.example.org:5000/app', 'registry.example.org:5000/app', 'latest'],
    ['ghcr.io/a/b/c:v1', 'ghcr.io/a/b/c', 'v1'],
  ])('%s is %s:%s', (text, name, tag) => {
    expect(readImageReference(text)).toEqual({ name, tag });
  });

  it.each([
    [`nginx@sha256:${HEX}`, 'docker.io/library/nginx'],
    [`nginx:1.27@sha256:${HEX}`, 'docker.io/library/nginx'],
    [`localhost:5000/app:2@sha256:${HEX}`, 'localhost:5000/app'],
  ])('%s names one image, whatever its tag', (text, name) => {
    expect(readImageReference(text)).toEqual({ name, digest: `sha256:${HEX}` });
  });

  it.each([
    ['docker.io/library/nginx', 'nginx:latest'],
    ['docker.io/team/app:1', 'team/app:1'],
    ['quay.io/team/app', 'quay.io/team/app:latest'],
    [`nginx:1@sha256:${HEX}`, `nginx@sha256:${HEX}`],
    [`sha256:${HEX}`, `sha256:${HEX}`],
  ])('%s is shown as %s', (text, shown) => {
    expect(imageName(text)).toBe(shown);
  });

  it('reads what it prints as the same', () => {
    const segment = fc.stringMatching(/^[a-z0-9]{1,8}$/);
    const reference = fc
      .tuple(
        fc.constantFrom('', 'docker.io/', 'library/', 'localhost/', 'r.example.org:5000/'),
        fc.array(segment, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('', ':1.2', ':latest', `@sha256:${HEX}`, `:v@sha256:${HEX}`),
      )
      .map(([registry, path, end]) => `${registry}${path.join('/')}${end}`);
    fc.assert(
      fc.property(reference, (text) => {
        const read = readImageReference(text);
        expect(readImageReference(printImageReference(read))).toEqual(read);
      }),
    );
  });

  it('survives any text', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof imageName(text) === 'string'));
  });
});
