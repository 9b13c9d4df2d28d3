import { launchOf } from '../testing/documents.js';
import { unmetPrecondition } from './check-precondition.js';

const live = launchOf('a');
const ended = launchOf('a', { end: { at: 2_000, by: 'itself' } });

describe('unmetPrecondition', () => {
  it.each([
    ['absent', undefined, true],
    ['absent', ended, true],
    ['absent', live, false],
    ['any', undefined, true],
    ['any', live, true],
  ] as const)('%s with %j: met %s', (kind, launch, met) => {
    expect(unmetPrecondition({ kind }, launch) === undefined).toBe(met);
  });

  it.each([
    ['a', live, true],
    ['b', live, false],
    ['a', ended, false],
    ['a', undefined, false],
  ] as const)('instance %s with %j: met %s', (instance, launch, met) => {
    expect(unmetPrecondition({ kind: 'instance', instance }, launch) === undefined).toBe(met);
  });
});
