import { resourceId } from '@vigil/manifests';
import { declaredLabels, replicaOf, trackingLabels } from './labels.js';

const id = { resource: resourceId({ namespace: 'a', kind: 'Service', name: 'b' }), replica: 3 };
const labels = trackingLabels('here', id, 'digest');

describe('labels', () => {
  it('tell the replica, to its own installation alone', () => {
    expect(replicaOf(labels, 'here')).toEqual(id);
    expect(replicaOf(labels, 'elsewhere')).toBeUndefined();
    expect(replicaOf({}, 'here')).toBeUndefined();
  });

  it.each([
    { 'vigil.io/replica': '-1' },
    { 'vigil.io/replica': 'x' },
    { 'vigil.io/resource': 'nonsense' },
  ])('that make no sense are nobody’s: %j', (wrong) => {
    expect(replicaOf({ ...labels, ...wrong }, 'here')).toBeUndefined();
  });

  it('of Vigil and of the image are not declared ones', () => {
    const ofImage = { maintainer: 'x', stage: 'build' };
    const all = { ...labels, maintainer: 'x', stage: 'run', team: 'a' };
    expect(declaredLabels(all, ofImage)).toEqual({ stage: 'run', team: 'a' });
  });
});
